"""Holds the figures made anew against the live ones, dossier by dossier and event by event.

Only what both sides have taken in is compared, so that neither has to stand still for it.
"""

# ruff: noqa: S608 - statements are made of declared names; every value is a parameter

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.stats_service.adapters.anew.aside import AMONG_THE_LIVE
from services.stats_service.adapters.projection import DossierProjection
from services.stats_service.adapters.rolling_lock import last_complete_delta
from services.stats_service.domain.cell import Cell
from services.stats_service.domain.counters import COUNTER_NAMES

LIVE_GROUP = DossierProjection.group
GROUP = f"{LIVE_GROUP}-rebuild"

_PAGE = 2_000
_DIMENSIONS = ", ".join(Cell._fields)


def _each(template: str, between: str = ", ") -> str:
    return between.join(template.format(name) for name in COUNTER_NAMES)


_CODES = text("""
SELECT code FROM (
    (SELECT code FROM public.dossier WHERE code > :after ORDER BY code LIMIT :limit)
    UNION (SELECT code FROM pg_temp.dossier WHERE code > :after ORDER BY code LIMIT :limit)
    UNION (SELECT DISTINCT code FROM public.delta WHERE code > :after ORDER BY code LIMIT :limit)
) AS found ORDER BY code LIMIT :limit
""")
# Every live cell has a number among the tables aside too: differences are told in those.
_SAME_CELLS = text(f"""
INSERT INTO pg_temp.scope (kind, {_DIMENSIONS})
SELECT kind, {_DIMENSIONS} FROM public.scope WHERE kind = 'cell' ON CONFLICT DO NOTHING
""")
_KEY = "code, sequence, cell_id, effective_on, recorded_at, correction"
_COMPARE = text(f"""
INSERT INTO pg_temp.difference ({_KEY}, {_each("{0}")})
WITH asked AS MATERIALIZED (SELECT unnest(CAST(:codes AS text[])) AS code
), told AS MATERIALIZED (
    SELECT code, last_sequence FROM asked JOIN public.consumed ON group_name = :live AND subject = code
), sides AS (
    SELECT code, sequence, anew.id AS cell_id, effective_on, recorded_at, correction, {_each("-{0} AS {0}")}
    FROM asked JOIN public.delta USING (code) JOIN public.scope AS live ON live.id = cell_id
    JOIN pg_temp.scope AS anew USING (kind, {_DIMENSIONS})
    UNION ALL
    SELECT {_KEY}, {_each("{0}")} FROM told JOIN pg_temp.delta USING (code) WHERE sequence <= last_sequence
)
SELECT {_KEY}, {_each("nullif(sum({0}), 0)::smallint")}
FROM sides GROUP BY {_KEY} HAVING {_each("coalesce(sum({0}), 0) <> 0", " OR ")}
""")
_BEHIND = """
SELECT asked.subject AS code FROM unnest(CAST(:codes AS text[])) AS asked (subject)
JOIN public.consumed AS live ON live.group_name = :live AND live.subject = asked.subject
LEFT JOIN pg_temp.consumed AS anew ON anew.group_name = :anew AND anew.subject = asked.subject
WHERE coalesce(anew.last_sequence, 0) < live.last_sequence
"""
_OTHER_FACTS = """
SELECT code FROM unnest(CAST(:codes AS text[])) AS asked (code)
LEFT JOIN public.consumed AS live_told ON live_told.group_name = :live AND live_told.subject = code
LEFT JOIN pg_temp.consumed AS anew_told ON anew_told.group_name = :anew AND anew_told.subject = code
LEFT JOIN public.dossier AS live USING (code) LEFT JOIN pg_temp.dossier AS anew USING (code)
WHERE live_told.last_sequence IS NOT DISTINCT FROM anew_told.last_sequence
    AND (live.agency, live.began_on, live.settled_on, live.facts)
        IS DISTINCT FROM (anew.agency, anew.began_on, anew.settled_on, anew.facts)
"""
_BEHIND_NOW = text(f"{_BEHIND} ORDER BY 1")
_NOTE = text(f"""
INSERT INTO pg_temp.differing (code)
SELECT code FROM pg_temp.difference UNION {_BEHIND} UNION {_OTHER_FACTS}
ON CONFLICT DO NOTHING
""")
_NOTE_CHANGED = text("""
INSERT INTO pg_temp.differing (code)
SELECT code FROM public.delta WHERE id > :live UNION SELECT code FROM pg_temp.delta WHERE id > :anew
ON CONFLICT DO NOTHING
""")
_FORGET = text("TRUNCATE pg_temp.difference")
_ANEW_MARK = text("SELECT coalesce(max(id), 0) FROM pg_temp.delta")
_NOTED = text("SELECT code FROM pg_temp.differing WHERE code > :after ORDER BY code LIMIT :limit")


@dataclass(frozen=True, slots=True)
class Marks:
    """Up to which delta both sides were compared."""

    live: int
    anew: int


async def look_for_differences(engine: AsyncEngine) -> AsyncIterator[int]:
    """Note the codes of all dossiers that may differ, page by page; says how many were looked at so far.

    Both sides may go on meanwhile: the caller takes `marks` before, and notes what was changed later.
    """
    async with engine.begin() as connection:
        await connection.execute(_SAME_CELLS)
        # Nobody else looks how large these tables are: planned for empty ones, a page reads all of them.
        await connection.exec_driver_sql(
            "ANALYZE pg_temp.delta, pg_temp.scope, pg_temp.dossier, pg_temp.consumed"
        )
    seen, after = 0, ""
    while True:
        async with engine.begin() as connection:
            codes = await _page(connection, _CODES, after)
            if not codes:
                return
            asked = {"codes": codes, "live": LIVE_GROUP, "anew": GROUP}
            await connection.execute(_COMPARE, asked)
            await connection.execute(_NOTE, asked)
            await connection.execute(_FORGET)
        seen, after = seen + len(codes), codes[-1]
        yield seen


async def marks(engine: AsyncEngine) -> Marks:
    """Everything that is written later, on either side, has a higher number."""
    async with engine.begin() as connection:
        await connection.exec_driver_sql(AMONG_THE_LIVE)
        live = await last_complete_delta(connection)
        return Marks(live, int((await connection.scalars(_ANEW_MARK)).one()))


async def settle_differences(connection: AsyncConnection, since: Marks) -> list[str]:
    """Compare what was noted or changed since once more, while nobody writes: what is found is exact.

    Returns the codes of which the live side knows more than could be made anew.
    """
    await connection.execute(_SAME_CELLS)
    await connection.execute(_NOTE_CHANGED, {"live": since.live, "anew": since.anew})
    behind: list[str] = []
    after = ""
    while codes := await _page(connection, _NOTED, after):
        asked = {"codes": codes, "live": LIVE_GROUP, "anew": GROUP}
        await connection.execute(_COMPARE, asked)
        behind += await connection.scalars(_BEHIND_NOW, asked)
        after = codes[-1]
    return behind


async def _page(connection: AsyncConnection, query: TextClause, after: str) -> list[str]:
    return list(await connection.scalars(query, {"after": after, "limit": _PAGE}))
