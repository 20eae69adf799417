"""Reads sums: cumulative rows, what is not rolled up yet, less what was recorded later than asked for."""

# ruff: noqa: S608 - statements are made of declared names; every value is a parameter

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.stats_service.application.ports import Key, Selection, Split, SumsAt
from services.stats_service.domain.cell import Dimension
from services.stats_service.domain.counters import COUNTER_NAMES
from services.stats_service.domain.figures import Sums
from services.stats_service.domain.period import View
from services.stats_service.domain.scopes import coarsest

_ROLLED = text("""
SELECT coalesce(max(up_to), 0), set_config('plan_cache_mode', 'force_custom_plan', true) FROM rolled
""")


class SqlLedger:
    """See `services.stats_service.application.ports.Ledger`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="REPEATABLE READ")

    async def read(
        self, view: View, selection: Selection, splits: Sequence[Split]
    ) -> Sequence[Mapping[Key, SumsAt]]:
        async with self._engine.connect() as connection:
            rolled = await planned_for_what_is_there(connection)
            return [await self._split(connection, view, selection, split, rolled) for split in splits]

    async def _split(
        self, connection: AsyncConnection, view: View, selection: Selection, split: Split, rolled: int
    ) -> Mapping[Key, SumsAt]:
        dimensions = tuple(dimension for dimension in Dimension if dimension in split)
        narrowed = selection.narrowed()
        statement = _statement(
            dimensions, tuple(narrowed), selection.agencies is not None, view.as_of is not None
        )
        parameters = _parameters(view, selection, {*split, *narrowed}) | {"rolled": rolled}
        rows = await connection.execute(statement, parameters)
        ends: dict[Key, dict[str, Sums]] = {}
        for row in rows:
            key, which, sums = row[: len(dimensions)], row[len(dimensions)], row[len(dimensions) + 1 :]
            ends.setdefault(tuple(key), {})[which] = dict(zip(COUNTER_NAMES, sums, strict=True))
        return {key: SumsAt(found.get("before", {}), found.get("end", {})) for key, found in ends.items()}


async def planned_for_what_is_there(connection: AsyncConnection) -> int:
    """Up to which delta everything is rolled up; in this transaction statements are planned for their values.

    A plan for any value takes a third of all deltas to be the few that are not rolled up yet.
    """
    return int((await connection.scalars(_ROLLED)).one())


def _parameters(view: View, selection: Selection, needed: Iterable[Dimension]) -> dict[str, Any]:
    parameters: dict[str, Any] = {"before": view.before, "end": view.end, "kind": coarsest(needed)}
    parameters |= {dimension.value: value for dimension, value in selection.narrowed().items()}
    if selection.agencies is not None:
        parameters["agencies"] = sorted(selection.agencies)
    if view.as_of is not None:
        parameters |= {"as_of": view.as_of, "today": view.today}
    return parameters


@lru_cache(maxsize=256)
def _statement(
    dimensions: tuple[Dimension, ...], narrowed: tuple[Dimension, ...], by_agency: bool, as_of: bool
) -> TextClause:
    key = "".join(f"scope.{dimension}, " for dimension in dimensions)
    where = "".join(f" AND scope.{dimension} = :{dimension}" for dimension in narrowed)
    if by_agency:
        where += " AND scope.agency = ANY(CAST(:agencies AS text[]))"
    group = ", ".join(str(n + 1) for n in range(len(dimensions) + 1))
    parts = [
        f"""
    SELECT {key}which, {_each("cumulative.{0}")}
    FROM scope CROSS JOIN ends CROSS JOIN LATERAL (
        SELECT * FROM cumulative WHERE scope_id = scope.id AND cumulative.day <= ends.day
        ORDER BY cumulative.day DESC LIMIT 1
    ) AS cumulative
    WHERE scope.kind = :kind{where}""",
        f"""
    SELECT {key}which, {_each("delta.{0}")}
    FROM delta JOIN scope ON scope.id = delta.cell_id JOIN ends ON delta.effective_on <= ends.day
    WHERE delta.id > :rolled{where}""",
    ]
    if as_of:
        # Nothing but corrections reaches behind the day it was recorded on.
        parts.append(f"""
    SELECT {key}which, {_each("-delta.{0}")}
    FROM delta JOIN scope ON scope.id = delta.cell_id JOIN ends ON delta.effective_on <= ends.day
    WHERE (delta.correction AND delta.recorded_at > :as_of AND delta.effective_on <= :end
        OR delta.effective_on = :today AND delta.recorded_at > :as_of){where}""")
    return text(f"""
WITH ends (which, day) AS (VALUES ('before', CAST(:before AS date)), ('end', CAST(:end AS date)))
SELECT {key.replace("scope.", "")}which, {_each("coalesce(sum({0}), 0)::bigint")}
FROM ({" UNION ALL ".join(parts)}
) AS parts
GROUP BY {group}
""")


def _each(template: str) -> str:
    return ", ".join(template.format(name) for name in COUNTER_NAMES)
