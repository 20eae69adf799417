"""Whether a service has anything left to send."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.outbox.watermarks import due_at

_PENDING = text("""
SELECT count(*) AS events,
    coalesce(extract(epoch FROM now() - min(pending_since)), 0)::float8 AS oldest_age_seconds
FROM outbox_pending WHERE CAST(:stream AS text) IS NULL OR stream = :stream
""")
_ANNOUNCED = text("SELECT EXISTS (SELECT FROM watermark WHERE sent AND up_to >= :due)")


@dataclass(frozen=True, slots=True)
class OutboxBacklog:
    """Committed events that the log has not confirmed."""

    events: int
    oldest_age_seconds: float


async def outbox_backlog(engine: AsyncEngine, stream: str | None = None) -> OutboxBacklog:
    """What waits in the outbox of the service behind `engine`, of every stream or of one."""
    async with engine.connect() as connection:
        row = (await connection.execute(_PENDING, {"stream": stream})).mappings().one()
        return OutboxBacklog(**row)


async def watermark_sent(engine: AsyncEngine, now: datetime) -> bool:
    """Whether the service behind `engine` has sent the watermark that is due at business time `now`."""
    async with engine.connect() as connection:
        return bool(await connection.scalar(_ANNOUNCED, {"due": due_at(now)}))
