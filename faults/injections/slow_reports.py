"""T23: 200 people ask for reports that nobody can answer for a while."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import aiohttp

from faults.findings import Finding, Harm
from faults.injections.databases import until_filed
from faults.installation import Installation
from faults.trial import Fault, Injected, Scale
from services.console.demo_issuer import DemoGrant, mint
from shared.clock import local_date
from shared.schemas.lifecycle import Role

_READERS = 200
# In the full form longer than a statement may take, see `create_engine`.
_SHARE, _SHORTEST_SECONDS = 0.6, 6.0
_ANSWER_SECONDS = 60.0
_FILES_WITHIN_SECONDS = 5.0
_BACK_SECONDS = 15.0
_LOOK_SECONDS = 0.5
_LONG = timedelta(days=60)
_OK, _COME_AGAIN = 200, 503
_NO_REPORTS = "LOCK TABLE cumulative IN ACCESS EXCLUSIVE MODE"


async def _ask_in_vain(made: Installation, scale: Scale) -> Injected:
    async with made.database("stats") as somebody, somebody.transaction():
        await somebody.execute(_NO_REPORTS)
        asking = asyncio.create_task(_ask(made, _READERS))
        await asyncio.sleep(max(_SHORTEST_SECONDS, _SHARE * scale.seconds))
        filed = await until_filed(made)
    took = await _until_reported(made)
    answers = await asking
    told = Counter(status for status, _ in answers)
    findings = [
        Finding("T23", Harm.OTHER, f"{told[status]} reports were answered {status}")
        for status in told.keys() - {_OK, _COME_AGAIN}
    ]
    if unkind := sum(status == _COME_AGAIN and not retry_after for status, retry_after in answers):
        findings.append(Finding("T23", Harm.OTHER, f"{unkind} reports were refused without Retry-After"))
    if filed > _FILES_WITHIN_SECONDS:
        findings.append(Finding("T23", Harm.OTHER, f"nothing filed for {filed:.1f} s beside slow reports"))
    if took > _BACK_SECONDS:
        findings.append(Finding("T23", Harm.OTHER, f"no report for {took:.1f} s after slow ones"))
    note = f"{told[_COME_AGAIN]} of {len(answers)} told to come again; a report again after {took:.1f} s"
    return Injected(_READERS, findings, note=note)


async def _ask(made: Installation, readers: int) -> Sequence[tuple[int, bool]]:
    """Status, and whether it says when to come again; 0 where nothing was answered."""
    today = local_date(made.clock.now())
    query = {"from": str(today - _LONG), "to": str(today + _LONG), "by": "agency"}
    token = mint(made.folder, "reader", DemoGrant(Role.STATISTICS_READER))

    async def ask() -> tuple[int, bool]:
        address = made.balancer.choose("stats")
        try:
            async with session.get(f"{address}/v1/reports", params=query) as answer:
                return answer.status, "Retry-After" in answer.headers
        except (aiohttp.ClientError, TimeoutError):
            return 0, False

    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=_ANSWER_SECONDS),
        headers={"Authorization": f"Bearer {token}"},
    ) as session:
        return await asyncio.gather(*(ask() for _ in range(readers)))


async def _until_reported(made: Installation) -> float:
    """Seconds until a report is answered, or given up."""
    began = time.monotonic()
    while time.monotonic() < began + 2 * _BACK_SECONDS:
        ((status, _),) = await _ask(made, 1)
        if status == _OK:
            break
        await asyncio.sleep(_LOOK_SECONDS)
    return time.monotonic() - began


SLOW_REPORTS = Fault("T23", "200 reports that wait", _ask_in_vain, time_jumps=False)
