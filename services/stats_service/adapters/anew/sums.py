"""Whether the cumulative rows are the sums of the deltas they were rolled up from."""

# ruff: noqa: S608 - statements are made of declared names; every value is a parameter

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats_service.domain.counters import COUNTER_NAMES


def _each(template: str) -> str:
    return ", ".join(template.format(name) for name in COUNTER_NAMES)


_NAMES = _each("{0}")
_SUMS = f"""
SELECT scope_id, day, {_each("sum({0}) OVER past AS {0}")}
FROM (
    SELECT scope_id, effective_on AS day, {_each("coalesce(sum({0}), 0) AS {0}")}
    FROM public.delta JOIN public.cell_scope USING (cell_id)
    WHERE id <= coalesce((SELECT up_to FROM public.rolled), 0)
        AND (CAST(:scopes AS int[]) IS NULL OR scope_id = ANY(CAST(:scopes AS int[])))
    GROUP BY scope_id, effective_on
) AS changed
WINDOW past AS (PARTITION BY scope_id ORDER BY day)
"""
_WRONG = text(f"""
SELECT DISTINCT scope_id FROM ({_SUMS}) AS right_ones
FULL JOIN (SELECT scope_id, day, {_NAMES} FROM public.cumulative
    WHERE CAST(:scopes AS int[]) IS NULL OR scope_id = ANY(CAST(:scopes AS int[]))) AS live
USING (scope_id, day)
WHERE ({_each("live.{0}")}) IS DISTINCT FROM ({_each("right_ones.{0}")})
""")
_FORGET = text("DELETE FROM public.cumulative WHERE scope_id = ANY(CAST(:scopes AS int[]))")
_WRITE = text(f"INSERT INTO public.cumulative (scope_id, day, {_NAMES}) {_SUMS}")


async def wrong_scopes(connection: AsyncConnection, among: Collection[int] | None = None) -> list[int]:
    """The scopes with a row that is not the sum of its deltas; `among` none means of all."""
    scopes = None if among is None else list(among)
    return list(await connection.scalars(_WRONG, {"scopes": scopes}))


async def sum_up(connection: AsyncConnection, scopes: Collection[int]) -> None:
    """Write the rows of these scopes anew. No roller may work meanwhile."""
    await connection.execute(_FORGET, {"scopes": list(scopes)})
    await connection.execute(_WRITE, {"scopes": list(scopes)})
