"""Reference data as it came from the log, in processing's database."""

from collections.abc import Sequence

from sqlalchemy import Text as SqlText
from sqlalchemy import and_, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.processing_service.adapters.tables import reference_version
from services.processing_service.application.reference import StoredVersion
from shared.events.reference import ReferenceKind


class SqlReferenceStore:
    """Implements `application.reference.ReferenceStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def newer_than(self, calendar: int, agencies: int) -> Sequence[StoredVersion]:
        columns = reference_version.c
        query = (
            select(columns.kind, columns.version, cast(columns.data, SqlText).label("data"))
            .where(
                or_(
                    and_(columns.kind == ReferenceKind.CALENDAR, columns.version > calendar),
                    and_(columns.kind == ReferenceKind.AGENCIES, columns.version > agencies),
                )
            )
            .order_by(columns.kind, columns.version)
        )
        async with self._engine.connect() as connection:
            rows = await connection.execute(query)
            return [StoredVersion(ReferenceKind(row.kind), row.version, row.data) for row in rows]
