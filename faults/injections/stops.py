"""T14: a release is rolled out: every process in turn is told to end, and no caller may notice."""

import asyncio
import time

from faults.findings import Finding, Harm
from faults.installation import Installation
from faults.rollout import end, noticed, waves
from faults.trial import Fault, Injected, Scale

_LONGEST_SECONDS = 30.0
_ROUNDS = 20


async def _roll(made: Installation, scale: Scale) -> Injected:
    began = time.monotonic()
    findings: list[Finding] = []
    rounds = max(1, round(_ROUNDS / scale.haste**2))
    slowest = 0.0
    for _ in range(rounds):
        for wave in waves(made.processes.names):
            ended = await asyncio.gather(*(end(made, name) for name in wave))
            await made.all_ready()
            for name, (took, status) in zip(wave, ended, strict=True):
                slowest = max(slowest, took)
                if status != 0 or took > _LONGEST_SECONDS:
                    what = f"{name} ended with {status} after {took:.1f} s"
                    findings.append(Finding("T14", Harm.OTHER, what))
    findings += noticed(made, "T14", began)
    return Injected(
        rounds * len(made.processes.names), findings, note=f"the slowest end took {slowest:.1f} s"
    )


ROLLING_RESTART = Fault("T14", "rolling restart", _roll, time_jumps=False)
