"""The log of who read personal data."""

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.processing_service.adapters.tables import personal_data_read
from services.processing_service.application.ports import PersonalDataRead
from shared.principal import Grant


class SqlReadLog:
    """Implements `application.ports.ReadLog`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def append(self, code: str, reader: str, grant: Grant, read_at: datetime) -> None:
        statement = insert(personal_data_read).values(
            code=code, reader=reader, role=grant.role, agency=grant.acting_for, read_at=read_at
        )
        async with self._engine.connect() as connection:
            await connection.execute(statement)

    async def page(self, code: str, after: int, limit: int) -> list[PersonalDataRead]:
        columns = personal_data_read.c
        query = (
            select(columns.id, columns.role, columns.agency, columns.read_at)
            .where(columns.code == code, columns.id > after)
            .order_by(columns.id)
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            return [
                PersonalDataRead(row.id, row.role, row.agency, row.read_at)
                for row in await connection.execute(query)
            ]
