"""Keeps everybody else from writing figures for a moment. Readers are never kept from anything."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.stats_service.adapters.roller import ROLLER_LOCK
from services.stats_service.adapters.rolling_lock import DELTA_LOCK

_ONE_REBUILD = text("SELECT pg_try_advisory_lock(hashtextextended('motcua stats rebuild', 0))")
# Whoever writes meanwhile waits behind the one who waits: rather give way, and come again.
_PATIENCE = text("SELECT set_config('lock_timeout', '2s', false)")
_LOCKS = [text(f"SELECT pg_advisory_lock({lock})") for lock in (ROLLER_LOCK, DELTA_LOCK)]
_UNLOCKS = [text(f"SELECT pg_advisory_unlock({lock})") for lock in (DELTA_LOCK, ROLLER_LOCK)]


async def is_the_only_rebuild(engine: AsyncEngine) -> bool:
    """Whether no other rebuild runs on this database; from then on this session's is the one."""
    async with engine.connect() as connection:
        return bool(await connection.scalar(_ONE_REBUILD))


@asynccontextmanager
async def nobody_else_writes(engine: AsyncEngine) -> AsyncIterator[None]:
    """Consumers and the roller wait until the block ends; closing a period too.

    Belongs to the one session of `engine`, so it ends with that. Raises `asyncpg.LockNotAvailableError`,
    wrapped, when those who are writing take longer than 2 s.
    """
    async with engine.connect() as connection:
        await _each(connection, [_PATIENCE, *_LOCKS])
    try:
        yield
    finally:
        async with engine.connect() as connection:
            await _each(connection, _UNLOCKS)


async def _each(connection: AsyncConnection, statements: list[TextClause]) -> None:
    for statement in statements:
        await connection.execute(statement)
    await connection.commit()
