"""T23: somebody has looked at dossiers to change them, and leaves the transaction open."""

import asyncio
import contextlib
import time

from faults.findings import Finding, Harm
from faults.injections.databases import until_filed
from faults.installation import Installation
from faults.trial import Fault, Injected, Scale

# As the embedded server is set; the short form has less patience.
_ENDED_SECONDS = 60.0
_FILES_WITHIN_SECONDS = 10.0
_GOES_ON_SECONDS = 15.0
_LOOK_SECONDS = 0.5
# An office program over lunch: it has seen everything, and holds what it was about to change.
_SEEN_AND_HELD = {
    "intake": "SELECT code FROM dossier WHERE status IN ('submitted', 'incomplete') LIMIT 20 FOR UPDATE",
    "processing": "SELECT code FROM case_file WHERE status IN ('accepted', 'processing') LIMIT 20 FOR UPDATE",
}
_TAKEN = "SELECT coalesce(sum(last_sequence), 0) FROM consumed WHERE subject LIKE '%-%'"


async def _leave_open(made: Installation, scale: Scale) -> Injected:
    patience = _ENDED_SECONDS / scale.haste
    held = 0
    slowest = still = 0.0
    async with contextlib.AsyncExitStack() as stack:
        sessions = []
        for service, query in _SEEN_AND_HELD.items():
            session = await stack.enter_async_context(made.database(service))
            if patience < _ENDED_SECONDS:
                await session.execute(f"SET idle_in_transaction_session_timeout = '{patience:.0f}s'")
            await session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            held += len(await session.fetch(query))
            sessions.append(session)
        began = moved = time.monotonic()
        taken = await _taken(made)
        while not all(session.is_closed() for session in sessions):
            if time.monotonic() > began + 2 * patience:
                break
            slowest = max(slowest, await until_filed(made))
            if (now := await _taken(made)) > taken:
                taken, moved = now, time.monotonic()
            still = max(still, time.monotonic() - moved)
            await asyncio.sleep(_LOOK_SECONDS)
        ended = all(session.is_closed() for session in sessions)
    findings = []
    if not ended:
        findings.append(Finding("T23", Harm.OTHER, "nobody ended a transaction that was left open"))
    if slowest > _FILES_WITHIN_SECONDS:
        findings.append(Finding("T23", Harm.OTHER, f"nothing filed for {slowest:.1f} s beside it"))
    if still > _GOES_ON_SECONDS:
        findings.append(Finding("T23", Harm.OTHER, f"no event came to the statistics for {still:.1f} s"))
    note = f"{held} dossiers held; meanwhile filed within {slowest:.1f} s, events within {still:.1f} s"
    return Injected(len(_SEEN_AND_HELD), findings, note=note)


async def _taken(made: Installation) -> int:
    async with made.database("stats") as database:
        taken: int = await database.fetchval(_TAKEN)
    return taken


LEFT_OPEN = Fault("T23b", "transactions left open", _leave_open, time_jumps=False)
