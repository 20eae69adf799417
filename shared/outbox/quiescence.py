"""Whether a service has anything left to send."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_PENDING = text("""
SELECT count(*) AS events,
    coalesce(extract(epoch FROM now() - min(pending_since)), 0)::float8 AS oldest_age_seconds
FROM outbox_pending
""")


@dataclass(frozen=True, slots=True)
class OutboxBacklog:
    """Committed events that the log has not confirmed."""

    events: int
    oldest_age_seconds: float


async def outbox_backlog(engine: AsyncEngine) -> OutboxBacklog:
    """What waits in the outbox of the service behind `engine`."""
    async with engine.connect() as connection:
        return OutboxBacklog(**(await connection.execute(_PENDING)).mappings().one())
