"""What differs, as a person reads it: cell by cell and counter by counter."""

# ruff: noqa: S608 - statements are made of declared names

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats_service.adapters.anew.comparison import GROUP, LIVE_GROUP
from services.stats_service.domain.cell import Cell
from services.stats_service.domain.counters import COUNTER_NAMES

_DIMENSIONS = ", ".join(Cell._fields)
_CHANGES = text(f"""
SELECT {_DIMENSIONS}, {", ".join(f"coalesce(sum({name}), 0)::int" for name in COUNTER_NAMES)},
    count(DISTINCT code)::int, min(effective_on)
FROM pg_temp.difference JOIN pg_temp.scope ON scope.id = cell_id
GROUP BY {_DIMENSIONS} ORDER BY {_DIMENSIONS}
""")
_DOSSIERS = text("""
SELECT count(*) FROM (
    SELECT code FROM pg_temp.difference
    UNION
    SELECT code FROM pg_temp.differing LEFT JOIN public.dossier AS live USING (code)
        LEFT JOIN pg_temp.dossier AS anew USING (code)
        LEFT JOIN public.consumed AS live_told ON live_told.subject = code AND live_told.group_name = :live
        LEFT JOIN pg_temp.consumed AS told ON told.subject = code AND told.group_name = :anew
    WHERE told.last_sequence IS NOT DISTINCT FROM live_told.last_sequence
        AND (live.agency, live.began_on, live.settled_on, live.facts)
            IS DISTINCT FROM (anew.agency, anew.began_on, anew.settled_on, anew.facts)
) AS wrong
""")


@dataclass(frozen=True, slots=True)
class Change:
    """What the rebuild changes in one cell, summed over all days."""

    cell: Cell
    counters: dict[str, int]
    """Only those that change; none where only days or moments do."""
    dossiers: int
    since: str
    """The first day whose figures change."""


@dataclass(frozen=True, slots=True)
class Found:
    """All of it."""

    changes: Sequence[Change]
    dossiers: int


async def changes(connection: AsyncConnection) -> Found:
    """What was noted as a difference, once it is settled."""
    found = []
    width = len(Cell._fields)
    for row in await connection.execute(_CHANGES):
        *sums, dossiers, since = row[width:]
        counters = {name: n for name, n in zip(COUNTER_NAMES, sums, strict=True) if n}
        found.append(Change(Cell(*row[:width]), counters, dossiers, since.isoformat()))
    wrong = await connection.scalar(_DOSSIERS, {"live": LIVE_GROUP, "anew": GROUP})
    return Found(found, int(wrong or 0))
