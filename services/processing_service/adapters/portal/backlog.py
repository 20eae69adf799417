"""How far the portal is behind, for whoever watches."""

import math

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.observability import metrics

_BEHIND = text("""
SELECT count(*) FILTER (WHERE problem IS NULL) AS waiting,
    CAST(coalesce(extract(epoch FROM now() - min(behind_since) FILTER (WHERE problem IS NULL)), 0) AS float8)
        AS oldest,
    count(*) FILTER (WHERE problem IS NOT NULL) AS problems
FROM portal_record WHERE due_at IS NOT NULL
""")


class PortalBacklog:
    """Each worker tells the same, whatever its own share is."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def tell(self) -> None:
        """Set the metrics: to nothing where the database does not say. Raises what it raises."""
        gauges = (metrics.PORTAL_BACKLOG, metrics.PORTAL_OLDEST_AGE, metrics.PORTAL_PROBLEMS)
        told: tuple[float, ...] = (math.nan,) * len(gauges)
        try:
            async with self._engine.connect() as connection:
                row = (await connection.execute(_BEHIND)).one()
            told = (row.waiting, row.oldest, row.problems)
        finally:
            for gauge, value in zip(gauges, told, strict=True):
                gauge.set(value)
