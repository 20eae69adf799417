"""The catalogue in intake's database: search, and imports with their reports."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.intake_service.adapters.reference import publish_in
from services.intake_service.application.catalogue import CatalogueFilter, ImportRecord, ImportReport
from services.intake_service.application.reference import Publication
from services.intake_service.domain.search_text import searchable
from shared.errors import KeyReusedError
from shared.journal.writer import ClaimTakenError, IdempotencyClaim
from shared.schemas.reference import Procedure

_PAGE = text("""
SELECT v.data::text FROM catalogue_entry e
JOIN reference_version v ON v.kind = 'procedure' AND v.key = e.code AND v.version = e.version
WHERE e.code > :after
  AND (CAST(:field AS text) IS NULL OR e.field = :field)
  AND (CAST(:agency AS text) IS NULL OR :agency = ANY (e.agencies))
  AND e.searchable LIKE ALL (CAST(:patterns AS text[]))
ORDER BY e.code LIMIT :limit
""")

_IMPORT = "SELECT number, occurred_at, report, fingerprint FROM catalogue_import"
_IMPORT_BY_NUMBER = text(f"{_IMPORT} WHERE number = :number")
_IMPORT_BY_KEY = text(f"{_IMPORT} WHERE caller = :caller AND idempotency_key = :key")

_RECORD = text("""
INSERT INTO catalogue_import (caller, idempotency_key, fingerprint, occurred_at, report)
VALUES (:caller, :key, :fingerprint, :at, CAST(:report AS jsonb))
ON CONFLICT (caller, idempotency_key) DO NOTHING RETURNING number
""")


class SqlCatalogueStore:
    """Implements `CatalogueStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def page(self, chosen: CatalogueFilter, after: str | None, limit: int) -> Sequence[Procedure]:
        parameters = {
            "after": after or "",
            "field": chosen.field,
            "agency": chosen.agency,
            "patterns": [_pattern(word) for word in searchable(chosen.words or "").split()],
            "limit": limit,
        }
        async with self._engine.connect() as connection:
            found = await connection.scalars(_PAGE, parameters)
            return [Procedure.model_validate_json(data) for data in found]

    async def import_record(self, number: int) -> ImportRecord | None:
        row = await self._one(_IMPORT_BY_NUMBER, {"number": number})
        return _record(row) if row else None

    async def import_of(self, claim: IdempotencyClaim) -> ImportRecord | None:
        row = await self._one(_IMPORT_BY_KEY, {"caller": claim.caller, "key": claim.key})
        if row and row.fingerprint != claim.fingerprint:
            raise KeyReusedError("this Idempotency-Key came with another file before")
        return _record(row) if row else None

    async def commit_import(
        self,
        publications: Sequence[Publication],
        report: ImportReport,
        claim: IdempotencyClaim,
        at: datetime,
    ) -> ImportRecord:
        parameters = {
            "caller": claim.caller,
            "key": claim.key,
            "fingerprint": claim.fingerprint,
            "at": at,
            "report": report.model_dump_json(),
        }
        async with self._engine.begin() as connection:
            number = await connection.scalar(_RECORD, parameters)
            if number is None:
                raise ClaimTakenError
            if publications:
                await publish_in(connection, publications, by=claim.caller, at=at)
        return ImportRecord(number=number, imported_at=at, report=report)

    async def _one(self, statement: Any, parameters: dict[str, Any]) -> Row[Any] | None:
        async with self._engine.connect() as connection:
            return (await connection.execute(statement, parameters)).one_or_none()


def _record(row: Row[Any]) -> ImportRecord:
    return ImportRecord(number=row.number, imported_at=row.occurred_at, report=row.report)


def _pattern(word: str) -> str:
    escaped = word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"
