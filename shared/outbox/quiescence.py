"""Whether a service has anything left to send."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.outbox.watermarks import due_at

_PENDING = text("""
SELECT count(*) AS events,
    coalesce(extract(epoch FROM now() - min(pending_since)), 0)::float8 AS oldest_age_seconds
FROM outbox_pending
""")
_ANNOUNCED = text("SELECT EXISTS (SELECT FROM watermark WHERE sent AND up_to >= :due)")


@dataclass(frozen=True, slots=True)
class OutboxBacklog:
    """Committed events that the log has not confirmed."""

    events: int
    oldest_age_seconds: float


async def outbox_backlog(engine: AsyncEngine) -> OutboxBacklog:
    """What waits in the outbox of the service behind `engine`."""
    async with engine.connect() as connection:
        return OutboxBacklog(**(await connection.execute(_PENDING)).mappings().one())


async def watermark_sent(engine: AsyncEngine, now: datetime) -> bool:
    """Whether the service behind `engine` has sent the watermark that is due at business time `now`."""
    async with engine.connect() as connection:
        return bool(await connection.scalar(_ANNOUNCED, {"due": due_at(now)}))
