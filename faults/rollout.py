"""How a release replaces another: one process after the other is told to end, and starts anew."""

import asyncio
import signal
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice

from faults.findings import Finding, Harm
from faults.installation import Installation
from faults.processes import Name

_LOOK_SECONDS = 0.05
_MOST_SHOWN = 5


async def roll_out(made: Installation, names: Iterable[Name], *changes: str) -> None:
    """Have them be different so from now on, or as they were. No caller may notice."""
    for wave in waves(names):
        for name in wave:
            made.processes.plan_changes(name, *changes)
        await asyncio.gather(*(end(made, name) for name in wave))
        await made.all_ready()


def waves(names: Iterable[Name]) -> Sequence[Sequence[Name]]:
    """One process of each service at a time."""
    found: dict[tuple[str, int], list[Name]] = defaultdict(list)
    for name in names:
        found[name.kind, name.number].append(name)
    return list(found.values())


async def end(made: Installation, name: Name) -> tuple[float, int]:
    """Tell it to end: the seconds that it took, and the status."""
    ends = made.processes.ends[name]
    before = len(ends)
    began = time.monotonic()
    made.processes.signal(name, signal.SIGTERM)
    while len(ends) == before:  # noqa: ASYNC110 - processes tell no event
        await asyncio.sleep(_LOOK_SECONDS)
    return time.monotonic() - began, ends[-1]


def noticed(made: Installation, fault: str, since: float) -> Sequence[Finding]:
    """Calls of which an attempt failed since then."""
    return [
        Finding(fault, Harm.OTHER, f"{call.route} failed meanwhile: {call.failures}")
        for call in islice(made.journal.failed_since(since), _MOST_SHOWN)
    ]
