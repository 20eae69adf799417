"""Blocks of dossier codes from one counter row per agency and day."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_TAKE = text("""
INSERT INTO dossier_code_block AS b (agency, day, last_sequence) VALUES (:agency, :day, :size)
ON CONFLICT (agency, day) DO UPDATE SET last_sequence = b.last_sequence + excluded.last_sequence
RETURNING last_sequence
""")


class SqlBlockSource:
    """Implements `BlockSource`. Each block is a transaction of its own, over before any filing begins."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def take(self, agency: str, day: date, size: int) -> int:
        async with self._engine.connect() as connection:
            last: int = await connection.scalar(_TAKE, {"agency": agency, "day": day, "size": size})
            return last
