"""All that the portal is to show, for those who compare."""

from collections.abc import AsyncIterator, Collection
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.processing_service.application.portal.ports import Problem
from services.processing_service.application.portal.reconciling import Kept
from services.processing_service.domain.portal_record import PortalRecord

_PAGE = 1000
_ALL = text("""
SELECT code, record, confirmed < sequence OR due_at IS NOT NULL AS pending, problem, (
    SELECT count(*) FROM portal_step AS step WHERE step.code = portal_record.code
) AS steps
FROM portal_record
WHERE (CAST(:day AS date) IS NULL OR filed_on = :day) AND code COLLATE "C" > :after
ORDER BY code COLLATE "C" LIMIT :limit
""")
# Looked up first: it is told what it does not show, and nothing twice.
_TELL_AGAIN = text("""
UPDATE portal_record SET
    confirmed = 0, unclear = true, attempts = 0, behind_since = now(), due_at = now(), problem = NULL
WHERE code = ANY(CAST(:codes AS text[]))
""")
_LEFT = text("""
SELECT count(*) FROM portal_record
WHERE code = ANY(CAST(:codes AS text[])) AND confirmed < sequence AND problem IS NULL
""")


class SqlPortalRecords:
    """Implements `application.portal.reconciling.Records`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def all(self, day: date | None) -> AsyncIterator[Kept]:
        after = ""
        while True:
            async with self._engine.connect() as connection:
                parameters = {"day": day, "after": after, "limit": _PAGE}
                rows = (await connection.execute(_ALL, parameters)).all()
            for row in rows:
                problem = Problem(row.problem["kind"], tuple(row.problem["details"])) if row.problem else None
                yield Kept(PortalRecord.model_validate(row.record), row.steps, row.pending, problem)
            if len(rows) < _PAGE:
                return
            after = rows[-1].code

    async def tell_again(self, codes: Collection[str]) -> None:
        async with self._engine.connect() as connection:
            await connection.execute(_TELL_AGAIN, {"codes": list(codes)})

    async def untold(self, codes: Collection[str]) -> int:
        """How many of these the portal does not know the last change of, though they could be told."""
        async with self._engine.connect() as connection:
            return int(await connection.scalar(_LEFT, {"codes": list(codes)}) or 0)
