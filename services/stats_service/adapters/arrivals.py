"""What the consumers know of their sources."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.stats_service.application.ports import Completeness
from shared.events.envelope import Envelope
from shared.log.port import PARTITIONS

_NOTE = text("""
INSERT INTO watermark (source, partition, up_to)
SELECT * FROM unnest(CAST(:sources AS text[]), CAST(:partitions AS smallint[]), CAST(:up_to AS timestamptz[]))
    AS given (source, partition, up_to)
ON CONFLICT (source, partition) DO UPDATE SET up_to = excluded.up_to
""")
_KNOWN = text("""
SELECT source, min(up_to) AS up_to FROM watermark GROUP BY source HAVING count(*) = :partitions
""")
# What was dropped stays missing for good, so it is counted like what is parked.
_WAITING = text("SELECT (SELECT count(*) FROM held_event) + (SELECT count(*) FROM parked_event)")


async def note_watermarks(connection: AsyncConnection, events: Iterable[Envelope]) -> None:
    """Keep what the watermarks among `events` say, in the transaction that applies what lies before them.

    Those of one source and partition come in order, as the events of every subject do.
    """
    noted = {(event.source, mark.partition): mark.up_to for event in events if (mark := event.watermark())}
    if noted:
        sources, partitions = zip(*noted, strict=True)
        values = {"sources": sources, "partitions": partitions, "up_to": list(noted.values())}
        await connection.execute(_NOTE, values)


class SqlArrivals:
    """See `services.stats_service.application.ports.Arrivals`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def completeness(self) -> Completeness:
        async with self._engine.connect() as connection:
            known = await connection.execute(_KNOWN, {"partitions": PARTITIONS})
            known_up_to = {row.source: row.up_to for row in known}
            # Asked last: what waited before a watermark and waits no more is in the figures, read after this.
            waiting = (await connection.scalars(_WAITING)).one()
        return Completeness(known_up_to, int(waiting))
