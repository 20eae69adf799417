"""How long after its answer a filing is in the figures, and how many a second can be followed for ever."""

import asyncio
import time

import asyncpg

from benchmarks.installation import Installation
from benchmarks.rows import Row, bound_row, percentile

_RATES = (50, 200)
_LOOK_SECONDS = 0.01
_LAST = "SELECT coalesce(max(id), 0) FROM delta"
# Deltas of transactions that overtake each other are seen out of order: somewhat older ones are read again.
_COUNTED = "SELECT id, code FROM delta WHERE id > $1 - 2000 AND id > $2"


async def measure(measured: Installation) -> list[Row]:
    """The rate at which nothing is left behind; the lag at modest rates, and at nine tenths of that one."""
    sustained = await _sustained(measured)
    filed = bound_row(
        "filings a second with all that follows from them", sustained, "/s", "until the last one is counted"
    )
    return [filed, *[await _lag(measured, rate) for rate in (*_RATES, sustained * 0.9)]]


async def _sustained(measured: Installation) -> float:
    filings = measured.some(4000, 600)
    calls = [measured.filing(number) for number in range(filings)]
    await measured.quiet()
    outcome = await measured.drive(calls)
    answered = time.monotonic()
    await measured.quiet()
    return filings / (outcome.seconds + time.monotonic() - answered)


async def _lag(measured: Installation, rate: float) -> Row:
    filings = round(rate * measured.some(12, 4))
    calls = [measured.filing(number) for number in range(filings)]
    await measured.quiet()
    watch = asyncio.create_task(_watch(measured, filings))
    outcome = await measured.drive(calls, rate=rate)
    counted = await watch
    lags = [counted[answer.body["code"]] - answer.answered_at for answer in outcome.answers]
    median, most = (percentile(lags, share) * 1000 for share in (0.5, 0.99))
    behind = f"p50 {median:.0f} ms, {_LOOK_SECONDS * 1000:.0f} ms between looks"
    return bound_row(f"filed to counted at {rate:.0f} filings/s, p99", most, "ms", behind, at_most=1000)


async def _watch(measured: Installation, expected: int) -> dict[str, float]:
    """When each of the next `expected` dossiers was first seen among the deltas of statistics."""
    seen: dict[str, float] = {}
    connection = await asyncpg.connect(measured.server.dsn("motcua_stats"))
    try:
        first = last = await connection.fetchval(_LAST)
        while len(seen) < expected:
            rows = await connection.fetch(_COUNTED, last, first)
            now = time.monotonic()
            for row in rows:
                seen.setdefault(row["code"], now)
                last = max(last, row["id"])
            await asyncio.sleep(_LOOK_SECONDS)
    finally:
        await connection.close()
    return seen
