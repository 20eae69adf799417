"""Finds the dossiers behind a figure among the deltas."""

# ruff: noqa: S608 - statements are made of declared names; every value is a parameter

from collections.abc import Sequence
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.stats_service.adapters.ledger import planned_for_what_is_there
from services.stats_service.adapters.tables import SEVERAL_AGENCIES
from services.stats_service.application.ports import CountedDossier, Place, Selection
from services.stats_service.domain.cell import Cell
from services.stats_service.domain.figures import Figure, Reading
from services.stats_service.domain.period import View
from services.stats_service.domain.scopes import CELL

# A dossier that is settled is in no level: whatever it once was in, it left.
_OF_THE_OPEN = """dossier JOIN delta USING (code)
        WHERE dossier.began_on <= {0} AND (dossier.settled_on IS NULL OR dossier.settled_on >= {0})
        AND (CAST(:counted_in AS text[]) IS NULL OR dossier.agency = ANY(CAST(:counted_in AS text[])))
        AND delta.effective_on <= {0}"""
_DELTAS = {
    Reading.DURING: "delta WHERE effective_on > :before AND effective_on <= :end",
    Reading.BEFORE: _OF_THE_OPEN.format(":before"),
    Reading.END: _OF_THE_OPEN.format(":end"),
}


class SqlDossierFinder:
    """See `services.stats_service.application.ports.DossierFinder`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def behind(
        self, figure: Figure, view: View, selection: Selection, *, after: Place | None, limit: int
    ) -> Sequence[CountedDossier]:
        agency, code = after or Place("", "")
        parameters: dict[str, Any] = {"before": view.before, "end": view.end, "limit": limit}
        parameters |= {"after_agency": agency, "after_code": code, "as_of": view.as_of, "kind": CELL}
        parameters["counted_in"] = None
        parameters |= {dimension.value: value for dimension, value in selection.narrowed().items()}
        if selection.agencies is not None:
            parameters["agencies"] = sorted(selection.agencies)
            parameters["counted_in"] = [*parameters["agencies"], SEVERAL_AGENCIES]
        async with self._engine.connect() as connection:
            await planned_for_what_is_there(connection)
            rows = await connection.execute(_statement(figure, selection), parameters)
            return [CountedDossier(row.code, Cell(*row[2:]), row.n) for row in rows]


def _statement(figure: Figure, selection: Selection) -> TextClause:
    where = "".join(f" AND {dimension} = :{dimension}" for dimension in selection.narrowed())
    if selection.agencies is not None:
        where += " AND agency = ANY(CAST(:agencies AS text[]))"
    cells = f"ARRAY(SELECT scope.id FROM scope WHERE kind = :kind{where})"
    readings = {term.reading for term in figure.terms}
    parts = " UNION ALL ".join(_part(figure, reading, cells) for reading in Reading if reading in readings)
    # Materialised: walking all dossiers in the order of their codes until a page is full looks cheap to the
    # planner, and passes by every agency and year that comes first.
    return text(f"""
WITH parts AS MATERIALIZED ({parts}
), counted AS (
    SELECT code, sum(n) AS n, (array_agg(cell_id ORDER BY parts.id DESC))[1] AS cell_id
    FROM parts JOIN scope ON scope.id = cell_id
    WHERE (agency COLLATE "C", code COLLATE "C") > (:after_agency, :after_code)
    GROUP BY agency, code HAVING sum(n) <> 0
    ORDER BY agency COLLATE "C", code COLLATE "C" LIMIT :limit
)
SELECT code, n::int AS n, {", ".join(Cell._fields)}
FROM counted JOIN scope ON scope.id = cell_id ORDER BY agency COLLATE "C", code COLLATE "C"
""")


def _part(figure: Figure, reading: Reading, cells: str) -> str:
    terms = [term for term in figure.terms if term.reading is reading]
    value = " ".join(f"{'+' if term.sign > 0 else '-'} coalesce({term.counter}, 0)" for term in terms)
    touched = " OR ".join(f"{term.counter} IS NOT NULL" for term in terms)
    return f"""
    SELECT id, code, cell_id, {value} AS n
    FROM {_DELTAS[reading]} AND cell_id = ANY({cells}) AND ({touched})
        AND (CAST(:as_of AS timestamptz) IS NULL OR recorded_at <= :as_of)"""
