"""What the consumers know of their sources."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.stats_service.application.ports import Completeness

_LATEST = text("SELECT name, latest_at FROM source")
# What was dropped stays missing for good, so it is counted like what is parked.
_WAITING = text("SELECT (SELECT count(*) FROM held_event) + (SELECT count(*) FROM parked_event)")


class SqlArrivals:
    """See `services.stats_service.application.ports.Arrivals`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def completeness(self) -> Completeness:
        async with self._engine.connect() as connection:
            latest = {row.name: row.latest_at for row in await connection.execute(_LATEST)}
            waiting = (await connection.scalars(_WAITING)).one()
        return Completeness(latest, int(waiting))
