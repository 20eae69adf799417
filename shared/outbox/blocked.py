"""What can never be sent as it is, and so keeps the later events of its subject from being sent."""

from dataclasses import dataclass
from typing import cast

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.outbox.payloads import Payloads, found, record_of

_OLDEST = text("""
SELECT subject, sequence FROM outbox_pending WHERE stream = :stream
ORDER BY pending_since, subject, sequence LIMIT :limit
""")
_LOADED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class BlockedEvent:
    """An event that was committed and that no relay can send."""

    subject: str
    sequence: int
    why: str


async def blocked_events(
    engine: AsyncEngine, stream: str, payloads: Payloads, *, among: int
) -> list[BlockedEvent]:
    """The blocked ones among the `among` events of `stream` that have waited longest, the oldest first.

    Judged as the relays do, from outside: they tell nobody.
    """
    async with engine.connect() as connection:
        rows = await connection.execute(_OLDEST, {"stream": stream, "limit": among})
        marks = [(row.subject, row.sequence) for row in rows]
        session = cast(
            "asyncpg.Connection[asyncpg.Record]", (await connection.get_raw_connection()).driver_connection
        )
        blocked = []
        for first in range(0, len(marks), _LOADED_AT_ONCE):
            asked = marks[first : first + _LOADED_AT_ONCE]
            events = await payloads.load(session, asked)
            for mark in asked:
                try:
                    record_of(found(events.get(mark)))
                except ValueError as error:
                    blocked.append(BlockedEvent(*mark, why=str(error)))
        return blocked
