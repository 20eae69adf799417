"""Which filing days there are, how they are shared out among processes, and rows that have no history."""

import asyncio
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from multiprocessing import get_context

from services.console.audit.chains import Audited, Scope, audit
from services.console.recount.histories import connected

# Below this a process more costs more time than it saves.
_WORTH_A_PROCESS = 20_000
_DAYS = """
SELECT filed_on, count(*) AS entries FROM history
WHERE ($1::date IS NULL OR filed_on >= $1) AND ($2::date IS NULL OR filed_on <= $2) GROUP BY filed_on
"""
_WITHOUT = """
SELECT code FROM {table} AS row WHERE NOT EXISTS (
    SELECT FROM history WHERE history.code = row.code) ORDER BY code COLLATE "C" LIMIT 1000
"""
_WATERMARK = "SELECT min(up_to) FROM watermark"


async def settled_up_to(addresses: Mapping[str, str], services: tuple[str, ...]) -> datetime | None:
    """The last moment of which no service will write any more; none while one has not said so."""
    moments = []
    for service in services:
        async with connected(addresses[service]) as connection:
            moments.append(await connection.fetchval(_WATERMARK))
    return None if None in moments else min(moments) - timedelta(microseconds=1)


async def audit_all(addresses: Mapping[str, str], scope: Scope, *, processes: int) -> Audited:
    """`audit`, shared out among at most so many processes by filing days."""
    counts: dict[date, int] = {}
    for service in scope.services:
        async with connected(addresses[service]) as connection:
            for row in await connection.fetch(_DAYS, scope.first, scope.last):
                counts[row["filed_on"]] = counts.get(row["filed_on"], 0) + row["entries"]
    scopes = [replace(scope, first=first, last=last) for first, last in _shares(counts, processes)]
    found = Audited()
    if len(scopes) == 1:
        found = await audit(addresses, scopes[0])
    elif scopes:
        given = {service: addresses[service] for service in scope.services}
        with ProcessPoolExecutor(len(scopes), mp_context=get_context("spawn")) as pool:
            loop = asyncio.get_running_loop()
            running = [loop.run_in_executor(pool, _run, given, each) for each in scopes]
            for each in running:
                found.join(await each)
    if scope.first is None and scope.last is None and scope.services != ("processing",):
        async with connected(addresses["intake"]) as connection:
            for row in await connection.fetch(_WITHOUT.format(table="dossier")):
                found.add([f"{row['code']}: intake has a row and no history"])
    return found


def _run(addresses: Mapping[str, str], scope: Scope) -> Audited:
    return asyncio.run(audit(addresses, scope))


def _shares(counts: Mapping[date, int], processes: int) -> Iterator[tuple[date, date]]:
    """Runs of days with about the same number of entries each."""
    total = sum(counts.values())
    wanted = max(1, min(processes, total // _WORTH_A_PROCESS))
    first: date | None = None
    seen, shared = 0, 0
    for day in sorted(counts):
        first = first or day
        seen += counts[day]
        if seen >= total * (shared + 1) / wanted:
            yield first, day
            first, shared = None, shared + 1
