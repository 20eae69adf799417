"""T03: the log is away for minutes. Filing must not notice, and everything is there soon afterwards."""

import asyncio
import time
from collections.abc import Sequence
from itertools import chain

from faults.findings import Finding, Harm
from faults.installation import Installation
from faults.journal import Call
from faults.trial import Fault, Injected, Scale

_TIMES_LONGER = 5
_MOST_SHOWN = 3


async def _cut_off_the_log(made: Installation, scale: Scale) -> Injected:
    began = time.monotonic()
    await asyncio.sleep(scale.seconds)
    cut = time.monotonic()
    async with made.log.away():
        await asyncio.sleep(_TIMES_LONGER * scale.seconds)
    healed = time.monotonic()
    calm, stormy = _between(made, began, cut), _between(made, cut, healed)
    failed = [call for call in stormy if call.failures]
    before, then = _p95(calm), _p95(stormy)
    return Injected(
        times=1,
        findings=[
            Finding("T03", Harm.OTHER, f"{call.route} failed without the log: {call.failures}")
            for call in failed[:_MOST_SHOWN]
        ],
        note=f"{len(stormy)} calls meanwhile; filing p95 {before:.0f} ms before, {then:.0f} ms then",
    )


def _between(made: Installation, start: float, end: float) -> Sequence[Call]:
    return [call for call in made.journal.calls.values() if start <= call.sent_at < call.answered_at <= end]


def _p95(calls: Sequence[Call]) -> float:
    filings = sorted(1000 * (call.answered_at - call.sent_at) for call in calls if call.act == "file")
    return next(iter(chain(filings[int(0.95 * len(filings)) :], [float("nan")])))


LOG_AWAY = Fault("T03", "log away", _cut_off_the_log, time_jumps=False)
