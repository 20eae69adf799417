"""Puts what was sent to a log that is gone into the outbox again, for the log that takes its place."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.journal.writer import BUCKETS
from shared.log.port import DOSSIER_STREAM

_DAYS = text("SELECT filed_on, count(*) AS events FROM history GROUP BY filed_on ORDER BY filed_on")
_COUNT = text("SELECT count(*) FROM reference_version")
# `crc32` is what puts a subject into its bucket everywhere else (`shared.journal.writer.bucket_of`).
_AGAIN = """
INSERT INTO outbox_pending (bucket, stream, subject, sequence)
SELECT crc32(convert_to(subject, 'UTF8')) % :buckets, :stream, subject, sequence FROM ({events}) AS event
ON CONFLICT DO NOTHING
"""
_DOSSIERS_AGAIN = text(
    _AGAIN.format(events="SELECT code AS subject, sequence FROM history WHERE filed_on = :day")
)
_REFERENCE_AGAIN = text(
    _AGAIN.format(events="SELECT kind || '/' || key AS subject, version AS sequence FROM reference_version")
)


async def resend(engine: AsyncEngine, stream: str, *, dry_run: bool = False) -> int:
    """Have every event that the service behind `engine` ever wrote to `stream` sent again; how many.

    Who has taken them knows them by their sequence. Day by day, so that it can be broken off and done again.
    With `dry_run` they are only counted.
    """
    given = {"buckets": BUCKETS, "stream": stream}
    if stream != DOSSIER_STREAM:
        async with engine.begin() as connection:
            if not dry_run:
                await connection.execute(_REFERENCE_AGAIN, given)
            return int((await connection.execute(_COUNT)).scalar_one())
    async with engine.connect() as connection:
        days = (await connection.execute(_DAYS)).all()
    for day in () if dry_run else days:
        async with engine.begin() as connection:
            await connection.execute(_DOSSIERS_AGAIN, given | {"day": day.filed_on})
    return sum(day.events for day in days)
