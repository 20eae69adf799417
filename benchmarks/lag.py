"""How long after its answer a filing is in the figures."""

import asyncio
import time

import asyncpg

from benchmarks.installation import Installation
from benchmarks.rows import Row, bound_row, percentile

_RATE = 100.0
_LOOK_SECONDS = 0.01
_COUNTED = "SELECT code FROM dossier"


async def measure(measured: Installation) -> list[Row]:
    """Between the answer to a filing and its counting, at a modest rate."""
    filings = measured.some(1500, 400)
    calls = [measured.filing(number) for number in range(filings)]
    await measured.quiet()
    watch = asyncio.create_task(_watch(measured, filings))
    outcome = await measured.drive(calls, rate=_RATE)
    counted = await watch
    lags = [counted[answer.body["code"]] - answer.answered_at for answer in outcome.answers]
    median, most = (percentile(lags, share) * 1000 for share in (0.5, 0.99))
    behind = f"p50 {median:.0f} ms at {_RATE:.0f} filings/s, {_LOOK_SECONDS * 1000:.0f} ms between looks"
    return [bound_row("filed to counted, p99", most, "ms", behind, at_most=1000)]


async def _watch(measured: Installation, expected: int) -> dict[str, float]:
    """When each of the next `expected` dossiers was first seen in the database of statistics."""
    seen: dict[str, float] = {}
    connection = await asyncpg.connect(measured.server.dsn("motcua_stats"))
    try:
        known = {row["code"] for row in await connection.fetch(_COUNTED)}
        while len(seen) < expected:
            rows = await connection.fetch(_COUNTED)
            now = time.monotonic()
            seen |= {row["code"]: now for row in rows if row["code"] not in known and row["code"] not in seen}
            await asyncio.sleep(_LOOK_SECONDS)
    finally:
        await connection.close()
    return seen
