"""T27: two releases run at once, of which the newer tells more of every event, and each reads the other's."""

import asyncio
import time
from collections.abc import Collection

from faults.findings import Finding, Harm
from faults.installation import Installation
from faults.invariants.facts import WRITERS
from faults.invariants.log_records import dossier_records
from faults.releases import MORE
from faults.rollout import noticed, roll_out
from faults.trial import Fault, Injected, Scale
from services.console.run_folder import LOG_VARIABLE

_SHORTEST_SECONDS = 3.0
_PATIENCE_SECONDS = 30.0
_LOOK_SECONDS = 0.3
_WRITTEN = "SELECT code, sequence, data ? $1 FROM history"

Key = tuple[str, int]


async def _mix(made: Installation, scale: Scale) -> Injected:
    began = time.monotonic()
    before, _ = await _written(made)
    first, second = ([name for name in made.processes.names if name.number % 2 == n] for n in (1, 0))
    for newer, older in ((first, second), (second, first)):
        await roll_out(made, older)
        await roll_out(made, newer, "tell-more")
        await asyncio.sleep(max(_SHORTEST_SECONDS, scale.seconds / 2))
    await roll_out(made, second)
    less, more = await _written(made)
    findings = list(noticed(made, "T27", began))
    if lost := await _never_told(made, more):
        findings.append(
            Finding("T27", Harm.LOST, f"the log lacks {MORE} in {len(lost)} of {len(more)} events")
        )
    told = len(less - before)
    if not more or not told:
        findings.append(
            Finding("T27", Harm.OTHER, f"{len(more)} events are of the newer release, {told} not")
        )
    note = f"{len(more):,} events of the newer release and {told:,} of the older, read by both"
    return Injected(5 * len(first), findings, note=note)


async def _written(made: Installation) -> tuple[set[Key], set[Key]]:
    """Entries that do not say what the newer release says, and those that do."""
    found: tuple[set[Key], set[Key]] = set(), set()
    for service in WRITERS:
        async with made.database(service) as database:
            for code, sequence, more in await database.fetch(_WRITTEN, MORE):
                found[more].add((code, sequence))
    return found


async def _never_told(made: Installation, more: Collection[Key]) -> set[Key]:
    """Those whose events came to the log without it, or not at all."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        records = await dossier_records(made.environment[LOG_VARIABLE])
        events = [(record.key, event) for record in records if (event := record.event)]
        lost = set(more) - {(key, event["sequence"]) for key, event in events if MORE in event["data"]}
        if not lost or time.monotonic() > deadline:
            return lost
        await asyncio.sleep(_LOOK_SECONDS)


TWO_RELEASES = Fault("T27", "events of two releases at once", _mix, time_jumps=False)
