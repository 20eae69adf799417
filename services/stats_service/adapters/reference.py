"""Keeps the agency tree and the names of procedures, and finds them again."""

import json
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.events.envelope import Envelope
from shared.events.reference import ReferenceKind
from shared.log.port import REFERENCE_STREAM
from shared.schemas.reference import AgencyTree, Procedure

_KEEP_TREE = text("""
INSERT INTO agency_tree_version (version, document) VALUES (:version, CAST(:document AS jsonb))
ON CONFLICT DO NOTHING
""")
_KEEP_PROCEDURE = text("""
INSERT INTO procedure_version (code, version, name_vi, field)
SELECT * FROM unnest(
    CAST(:codes AS text[]), CAST(:versions AS int[]), CAST(:names AS text[]), CAST(:fields AS text[])
)
ON CONFLICT DO NOTHING
""")
_TREE = text("SELECT document::text FROM agency_tree_version ORDER BY version DESC LIMIT 1")
_NAMES = text("""
SELECT DISTINCT ON (code) code, name_vi FROM procedure_version WHERE code = ANY(CAST(:codes AS text[]))
ORDER BY code, version DESC
""")
_KNOWS = text("""
SELECT EXISTS (SELECT FROM procedure_version WHERE code = :procedure),
       EXISTS (SELECT FROM procedure_version WHERE field = :field)
""")


class ReferenceReaction:
    """The reaction to the stream of reference data. Every version is kept."""

    group = "stats"
    stream = REFERENCE_STREAM

    async def apply(self, connection: AsyncConnection, events: Sequence[Envelope]) -> None:
        """See `shared.consumer.port.Reaction`."""
        items = [e.reference_item() for e in events if e.reference_kind is not ReferenceKind.CALENDAR]
        procedures = [item for item in items if isinstance(item, Procedure)]
        for item in items:
            if isinstance(item, AgencyTree):
                kept = {"version": item.version, "document": item.model_dump_json()}
                await connection.execute(_KEEP_TREE, kept)
        if procedures:
            await connection.execute(
                _KEEP_PROCEDURE,
                {
                    "codes": [procedure.code for procedure in procedures],
                    "versions": [procedure.version for procedure in procedures],
                    "names": [procedure.name_vi for procedure in procedures],
                    "fields": [procedure.field for procedure in procedures],
                },
            )

    def lacks(self, event: Envelope) -> str | None:
        """Nothing: every version says all."""
        return None


class SqlReference:
    """See `services.stats_service.application.ports.Reference`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def agency_tree(self) -> AgencyTree | None:
        async with self._engine.connect() as connection:
            document = (await connection.scalars(_TREE)).one_or_none()
        return None if document is None else AgencyTree.model_validate(json.loads(document))

    async def procedure_names(self, codes: Collection[str]) -> Mapping[str, str]:
        async with self._engine.connect() as connection:
            rows = await connection.execute(_NAMES, {"codes": list(codes)})
            return {row.code: row.name_vi for row in rows}

    async def knows_procedure(self, code: str) -> bool:
        async with self._engine.connect() as connection:
            rows = await connection.execute(_KNOWS, {"procedure": code, "field": ""})
            return bool(rows.one()[0])

    async def knows_field(self, field: str) -> bool:
        async with self._engine.connect() as connection:
            rows = await connection.execute(_KNOWS, {"procedure": "", "field": field})
            return bool(rows.one()[1])
