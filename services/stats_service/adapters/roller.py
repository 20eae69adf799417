"""Adds deltas up into the cumulative rows that reports read.

A report adds what is not rolled up yet by itself, so the roller decides how fast reports are, never what
they say.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.stats_service.adapters.rolling_lock import last_complete_delta
from services.stats_service.domain.counters import COUNTER_NAMES

ROLLER_LOCK = "hashtextextended('motcua stats roller', 0)"
"""Whoever holds it adds up; nobody else does."""

_ONE_ROLLER = text(f"SELECT pg_try_advisory_xact_lock({ROLLER_LOCK})")
_ROLLED = text("SELECT coalesce((SELECT up_to FROM rolled), 0)")
_MARK = text("""
INSERT INTO rolled (up_to) VALUES (:up_to) ON CONFLICT (single) DO UPDATE SET up_to = excluded.up_to
""")


def _each(template: str) -> str:
    return ", ".join(template.format(name) for name in COUNTER_NAMES)


# A row for each day on which a scope changes, and every later row of the scope: all get their row before the
# change, or the last one before their day, and on top what has changed up to their day.
_ROLL = text(f"""
WITH changed AS MATERIALIZED (
    SELECT scope_id, effective_on AS day, {_each("sum({0})::int AS {0}")}
    FROM delta JOIN cell_scope USING (cell_id)
    WHERE id > :after AND id <= :up_to
    GROUP BY scope_id, effective_on
), first AS (
    SELECT scope_id, min(day) AS day FROM changed GROUP BY scope_id
), days AS (
    SELECT scope_id, day FROM changed
    UNION
    SELECT scope_id, cumulative.day FROM first JOIN cumulative USING (scope_id)
    WHERE cumulative.day >= first.day
), running AS (
    SELECT scope_id, day, {_each("coalesce(sum(changed.{0}) OVER past, 0) AS {0}")}
    FROM days LEFT JOIN changed USING (scope_id, day)
    WINDOW past AS (PARTITION BY scope_id ORDER BY day)
)
INSERT INTO cumulative (scope_id, day, {_each("{0}")})
SELECT running.scope_id, running.day, {_each("running.{0} + coalesce(base.{0}, 0)")}
FROM running LEFT JOIN LATERAL (
    SELECT * FROM cumulative
    WHERE cumulative.scope_id = running.scope_id AND cumulative.day <= running.day
    ORDER BY cumulative.day DESC LIMIT 1
) AS base ON true
ON CONFLICT (scope_id, day) DO UPDATE SET {_each("{0} = excluded.{0}")}
""")  # noqa: S608 - made of the counters' declared names


class Roller:
    """Rolls up what consumers have written. Any number may run; one of them works at a time."""

    def __init__(self, engine: AsyncEngine, *, at_most: int = 20_000) -> None:
        self._engine = engine
        self._at_most = at_most
        self._page = at_most

    async def roll(self) -> int:
        """Roll up the next deltas; returns how many numbers it went on, 0 when there was nothing to do.

        Raises `TimeoutError` when they were too many for the time a statement has: the next call takes fewer.
        """
        async with self._engine.begin() as connection:
            last = await last_complete_delta(connection)
        try:
            async with self._engine.begin() as connection:
                if not (await connection.scalars(_ONE_ROLLER)).one():
                    return 0
                rolled = await self._roll(connection, last)
        except TimeoutError:
            # A delta far in the past moves every later row of its scopes: of such ones few are many.
            self._page = max(self._page // 8, 1)
            raise
        self._page = min(2 * self._page, self._at_most)
        return rolled

    async def _roll(self, connection: AsyncConnection, last: int) -> int:
        after = int((await connection.scalars(_ROLLED)).one())
        up_to = min(last, after + self._page)
        if up_to <= after:
            return 0
        await connection.execute(_ROLL, {"after": after, "up_to": up_to})
        await connection.execute(_MARK, {"up_to": up_to})
        return up_to - after
