"""T24: nobody runs the timers for a month, and then two of each at once."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from faults.findings import Finding, Harm
from faults.installation import Installation
from faults.trial import Fault, Injected, Scale

_AWAY = timedelta(days=32)
_LOOK_SECONDS = 0.2
_LONGEST_SECONDS = 60.0
_DUE = {
    "intake": ("lapsed", "SELECT code FROM dossier WHERE status = 'incomplete'"),
    "processing": ("handed_over", "SELECT code FROM case_file WHERE hand_over_due_at IS NOT NULL"),
}
_FIRED = "SELECT code FROM history WHERE type = $1 AND actor = 'system' AND code = ANY($2)"


async def _leave_timers_alone(made: Installation, _: Scale) -> Injected:
    workers = [name for service in _DUE for name in made.processes.of("worker", service)]
    for name in workers:
        made.processes.hold(name, signal.SIGTERM)
    while any(made.processes.is_alive(name) for name in workers):  # noqa: ASYNC110 - processes tell no event
        await asyncio.sleep(_LOOK_SECONDS)
    due = {service: await _codes(made, service, query) for service, (_, query) in _DUE.items()}
    made.pass_time(_AWAY)
    for name in workers:
        made.processes.release(name)
    findings = []
    deadline = time.monotonic() + _LONGEST_SECONDS
    for service, (event, _query) in _DUE.items():
        while (fired := Counter(await _codes(made, service, _FIRED, event, due[service]))).keys() != set(
            due[service]
        ):
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(_LOOK_SECONDS)
        for code in due[service]:
            if fired[code] != 1:
                harm = Harm.DOUBLED if fired[code] else Harm.LOST
                findings.append(Finding("T24", harm, f"{code} has {event} {fired[code]} times"))
    return Injected(sum(map(len, due.values())), findings)


async def _codes(made: Installation, service: str, query: str, *arguments: object) -> Sequence[str]:
    async with made.database(service) as database:
        return [row["code"] for row in await database.fetch(query, *arguments)]


TIMERS_AWAY = Fault("T24", "timers away for a month", _leave_timers_alone, after_load=True)
