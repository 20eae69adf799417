"""Puts right what is live, in the caller's transaction: readers see all of it or nothing.

Nothing that was counted is taken back. What differs is appended as further deltas, under the moments of the
events it belongs to; so a closed period keeps its figures, and lists what has changed among its corrections.
"""

# ruff: noqa: S608 - statements are made of declared names; every value is a parameter

import json

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats_service.adapters.anew.comparison import GROUP, LIVE_GROUP
from services.stats_service.adapters.cells import cell_ids
from services.stats_service.adapters.tables import SEVERAL_AGENCIES
from services.stats_service.domain.cell import Cell
from services.stats_service.domain.contributions import Account
from services.stats_service.domain.counters import COUNTER_NAMES
from services.stats_service.domain.facts import from_json

_DIMENSIONS = ", ".join(Cell._fields)
_COUNTERS = ", ".join(COUNTER_NAMES)
_ROW = f"code, sequence, effective_on, recorded_at, correction, {_COUNTERS}"

_CELLS = text(f"""
SELECT DISTINCT {_DIMENSIONS} FROM pg_temp.difference JOIN pg_temp.scope ON scope.id = cell_id
""")
_APPEND = text(f"""
INSERT INTO public.delta (cell_id, {_ROW})
SELECT live.id, {_ROW}
FROM pg_temp.difference JOIN pg_temp.scope AS anew ON anew.id = cell_id
JOIN public.scope AS live USING (kind, {_DIMENSIONS})
""")
_NEVER_TOLD = text("""
DELETE FROM public.dossier WHERE code IN (SELECT code FROM pg_temp.differing) AND NOT EXISTS (
    SELECT FROM public.consumed WHERE group_name = :live AND subject = dossier.code)
""")
_REPLACE = """
INSERT INTO public.dossier AS live (code, agency, began_on, settled_on, facts) {source}
ON CONFLICT (code) DO UPDATE SET agency = excluded.agency, began_on = excluded.began_on,
    settled_on = excluded.settled_on, facts = excluded.facts
WHERE (live.agency, live.began_on, live.settled_on, live.facts)
    IS DISTINCT FROM (excluded.agency, excluded.began_on, excluded.settled_on, excluded.facts)
"""
_TOLD = """
FROM pg_temp.differing JOIN pg_temp.dossier AS anew USING (code)
JOIN pg_temp.consumed AS told ON told.group_name = :anew AND told.subject = code
JOIN public.consumed AS live_told ON live_told.group_name = :live AND live_told.subject = code
"""
_SAME_EVENTS = text(
    _REPLACE.format(
        source=f"SELECT code, anew.agency, anew.began_on, anew.settled_on, anew.facts {_TOLD}"
        "WHERE told.last_sequence = live_told.last_sequence"
    )
)
_AHEAD = text(
    f"SELECT code, anew.facts::text, live_told.last_sequence {_TOLD}"
    "WHERE told.last_sequence > live_told.last_sequence"
)
_ONE = text(_REPLACE.format(source="SELECT :code, :agency, :began_on, :settled_on, CAST(:facts AS jsonb)"))
_TREES = text("""
INSERT INTO public.agency_tree_version AS live SELECT * FROM pg_temp.agency_tree_version
ON CONFLICT (version) DO UPDATE SET document = excluded.document WHERE live.document <> excluded.document
""")
_PROCEDURES = text("""
INSERT INTO public.procedure_version AS live SELECT * FROM pg_temp.procedure_version
ON CONFLICT (code, version) DO UPDATE SET name_vi = excluded.name_vi, field = excluded.field
WHERE (live.name_vi, live.field) <> (excluded.name_vi, excluded.field)
""")
# What is said to be complete must be: never beyond what was read anew.
_WATERMARKS = text("""
UPDATE public.watermark AS live SET up_to = anew.up_to FROM pg_temp.watermark AS anew
WHERE (live.source, live.partition) = (anew.source, anew.partition) AND live.up_to > anew.up_to
""")
# Given up by a person, and readable by now: it is in the figures after all.
_REGAINED = text("""
DELETE FROM public.parked_event AS live USING pg_temp.consumed AS anew, public.consumed AS told
WHERE live.group_name = :live AND live.dropped_at IS NOT NULL
    AND anew.group_name = :anew AND anew.subject = live.subject AND anew.last_sequence >= live.sequence
    AND told.group_name = :live AND told.subject = live.subject AND told.last_sequence >= live.sequence
    AND NOT EXISTS (SELECT FROM pg_temp.parked_event AS parked
        WHERE (parked.subject, parked.digest) = (live.subject, live.digest))
""")


async def amend(connection: AsyncConnection) -> None:
    """Bring every live table that events make to what they say. Nobody else may write figures meanwhile."""
    groups = {"live": LIVE_GROUP, "anew": GROUP}
    await cell_ids(connection, [Cell(*row) for row in await connection.execute(_CELLS)])
    await connection.execute(_APPEND)
    await connection.execute(_NEVER_TOLD, groups)
    await connection.execute(_SAME_EVENTS, groups)
    for code, facts, last_sequence in (await connection.execute(_AHEAD, groups)).all():
        await connection.execute(_ONE, {"code": code} | _cut(facts, last_sequence))
    await connection.execute(_TREES)
    await connection.execute(_PROCEDURES)
    await connection.execute(_WATERMARKS)
    await connection.execute(_REGAINED, groups)


def _cut(facts: str, last_sequence: int) -> dict[str, object]:
    """A dossier's row as it was when its event `last_sequence` was the newest."""
    documents = [each for each in json.loads(facts) if each["sequence"] <= last_sequence]
    account = Account([from_json(dict(each)) for each in documents])
    return {
        "agency": account.only_agency or SEVERAL_AGENCIES,
        "began_on": account.began_on,
        "settled_on": account.settled_on,
        "facts": json.dumps(documents, ensure_ascii=False),
    }
