"""T14: a release is rolled out: every process in turn is told to end, and no caller may notice."""

import asyncio
import signal
import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice

from faults.findings import Finding, Harm
from faults.installation import Installation
from faults.processes import Name
from faults.trial import Fault, Injected, Scale

_LONGEST_SECONDS = 30.0
_LOOK_SECONDS = 0.05
_ROUNDS = 20
_MOST_SHOWN = 5


async def _roll(made: Installation, scale: Scale) -> Injected:
    began = time.monotonic()
    findings: list[Finding] = []
    rounds = max(1, round(_ROUNDS / scale.haste**2))
    slowest = 0.0
    for _ in range(rounds):
        for wave in _waves(made):
            ended = await asyncio.gather(*(_end(made, name) for name in wave))
            await made.all_ready()
            for name, (took, status) in zip(wave, ended, strict=True):
                slowest = max(slowest, took)
                if status != 0 or took > _LONGEST_SECONDS:
                    what = f"{name} ended with {status} after {took:.1f} s"
                    findings.append(Finding("T14", Harm.OTHER, what))
    findings += [
        Finding("T14", Harm.OTHER, f"{call.route} failed meanwhile: {call.failures}")
        for call in islice(made.journal.failed_since(began), _MOST_SHOWN)
    ]
    return Injected(
        rounds * len(made.processes.names), findings, note=f"the slowest end took {slowest:.1f} s"
    )


def _waves(made: Installation) -> Sequence[Sequence[Name]]:
    """One process of each service at a time."""
    waves: dict[tuple[str, int], list[Name]] = defaultdict(list)
    for name in made.processes.names:
        waves[name.kind, name.number].append(name)
    return list(waves.values())


async def _end(made: Installation, name: Name) -> tuple[float, int]:
    """Seconds that it took, and the status."""
    ends = made.processes.ends[name]
    before = len(ends)
    began = time.monotonic()
    made.processes.signal(name, signal.SIGTERM)
    while len(ends) == before:  # noqa: ASYNC110 - processes tell no event
        await asyncio.sleep(_LOOK_SECONDS)
    return time.monotonic() - began, ends[-1]


ROLLING_RESTART = Fault("T14", "rolling restart", _roll, time_jumps=False)
