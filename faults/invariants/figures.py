"""I5, I6, I9: every figure is a recount, every appointment what the legal clock says, every chain whole."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import aiohttp

from faults.findings import Finding, Harm
from services.console.demo_issuer import DemoGrant, mint
from services.console.recount.comparison import Sources, Verdict, verify
from services.console.recount.histories import first_and_last_day
from services.console.run_folder import RunFolder
from shared.schemas.lifecycle import Role
from shared.variables import SERVICES, database_variable

_COME_AGAIN = 503
_PAUSE_SECONDS = 0.5


async def figures_recounted(environment: Mapping[str, str], folder: RunFolder, address: str) -> list[Finding]:
    """Asks the running statistics; the recount itself is `motcua verify`'s."""
    intake, processing, stats = (environment[database_variable(service)] for service in SERVICES)
    days = await first_and_last_day(intake, processing)
    if days is None:
        return [Finding("I5", Harm.OTHER, "nothing was ever filed")]
    token = mint(folder, "faults", DemoGrant(Role.STATISTICS_READER))
    async with aiohttp.ClientSession(address, headers={"Authorization": f"Bearer {token}"}) as session:

        async def ask(query: Mapping[str, str]) -> Mapping[str, Any]:
            while True:
                async with session.get("/v1/reports", params=query) as answer:
                    # A connection that broke before is found out by the first who uses it.
                    if answer.status == _COME_AGAIN:
                        await asyncio.sleep(_PAUSE_SECONDS)
                        continue
                    answer.raise_for_status()
                    report: Mapping[str, Any] = json.loads(await answer.read())
                    return report

        sources = Sources(intake, processing, stats, ask)
        verdicts = [await verify(sources, start, end) for start, end in _periods(*days)]
    return [finding for verdict in verdicts for finding in _findings(verdict)]


def _periods(first: date, last: date) -> Iterator[tuple[date, date]]:
    """All of it; and the day in the middle, to which things were carried over and after which they go on."""
    yield first, last
    if first < last:
        middle = first + (last - first) / 2
        yield middle, middle


def _findings(verdict: Verdict) -> Iterator[Finding]:
    for each in verdict.differences:
        harm = Harm.LOST if each.stated < each.recounted else Harm.DOUBLED
        what = (
            f"{each.where}, {each.figure}: {each.recounted} by the histories, {each.stated} by the statistics"
        )
        yield Finding("I5", harm, what)
    for fault in verdict.faults:
        yield Finding("I6" if "appointment" in fault else "I9", Harm.OTHER, fault)
