"""T04: the log is gone, and another one stands in its place. The histories tell it everything again."""

import asyncio

from faults.installation import Installation
from faults.trial import Fault, Injected, Scale
from shared.journal.writer import BUCKETS
from shared.log.port import DOSSIER_STREAM, REFERENCE_STREAM

_EVERYTHING_PENDING = f"""
INSERT INTO outbox_pending (bucket, stream, subject, sequence)
SELECT crc32(convert_to(code, 'UTF8')) % {BUCKETS}, '{DOSSIER_STREAM}', code, sequence FROM history
ON CONFLICT DO NOTHING
"""  # noqa: S608 - our own words
_REFERENCE_PENDING = f"""
INSERT INTO outbox_pending (bucket, stream, subject, sequence)
SELECT 0, '{REFERENCE_STREAM}', kind || '/' || key, version FROM reference_version
ON CONFLICT DO NOTHING
"""  # noqa: S608 - our own words


async def _lose_the_log(made: Installation, scale: Scale) -> Injected:
    await asyncio.sleep(scale.seconds)  # so that there is something to lose
    await made.log.lose()
    for service, statements in {
        "intake": (_EVERYTHING_PENDING, _REFERENCE_PENDING),
        "processing": (_EVERYTHING_PENDING,),
    }.items():
        async with made.database(service) as database:
            for statement in statements:
                await database.execute(statement)
    return Injected(1)


LOG_LOST = Fault("T04", "log lost, republished from the histories", _lose_the_log)
