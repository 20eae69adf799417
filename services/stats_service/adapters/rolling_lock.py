"""Keeps the roller from stepping over deltas that are written but not yet committed.

Deltas are numbered when they are written. Everybody who writes some holds this lock, shared, until the end
of the transaction; whoever holds it alone knows that all deltas with lower numbers are committed or will
never be.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

DELTA_LOCK = "hashtextextended('motcua stats delta', 0)"

_SHARED = text(f"SELECT pg_advisory_xact_lock_shared({DELTA_LOCK})")
_ALONE = text(f"SELECT pg_advisory_xact_lock({DELTA_LOCK})")
_LAST = text("SELECT coalesce(max(id), 0) FROM delta")


async def wait_for_no_roller(connection: AsyncConnection) -> None:
    """To be called before the first delta of a transaction is written."""
    await connection.execute(_SHARED)


async def last_complete_delta(connection: AsyncConnection) -> int:
    """Every delta up to this number is committed. Ends the wait of writers only with the transaction."""
    await connection.execute(_ALONE)
    return int((await connection.scalars(_LAST)).one())
