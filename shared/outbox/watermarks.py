"""Tells on the log up to which moment a service has told everything, so that readers know what is complete.

A watermark must never overtake an event. So it is sent in four steps, each over before the next begins: the
moment is promised, and from then on no write of an earlier moment is accepted; the writes that may have begun
without knowing of the promise end; the relays send what was pending then; the watermark is appended to every
partition. `docs/adr/0007-a-service-says-when-it-has-told-everything.md` has the argument.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count

import structlog
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.clock import CLOCK_IS_OFF, Clock, SystemClock
from shared.events.envelope import WATERMARK_EVENT, Envelope
from shared.events.watermark import Watermark
from shared.log.partitioning import partition_of
from shared.log.port import DOSSIER_STREAM, PARTITIONS, EventLog
from shared.outbox.payloads import record_of

# Periods end at midnight, and the log keeps every watermark for ever: few are enough.
_STEP = timedelta(minutes=15)
# What is decided is written within milliseconds. Only who takes longer than this is sent back.
_ALLOWANCE = timedelta(minutes=1)
_PATIENCE_SECONDS = 5.0
_SHORTEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.01, 0.5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_PROMISE = text(f"""
INSERT INTO watermark (number, up_to, sent) SELECT 1, :up_to, false WHERE NOT {CLOCK_IS_OFF}
ON CONFLICT (single) DO UPDATE SET number = watermark.number + 1, up_to = excluded.up_to, sent = false
WHERE watermark.sent AND watermark.up_to < excluded.up_to
""")
# One of several workers sends. One that was stopped in the middle must not keep the others from it for ever.
_PROMISED = text("""
SELECT number, up_to, sent, set_config('idle_in_transaction_session_timeout', '30s', true)
FROM watermark FOR UPDATE
""")
_SENT = text("UPDATE watermark SET sent = true")
# A statement locks the tables it writes before it takes its snapshot. So whoever does not see a promise that
# is committed had locked the history before, and has ended, or is found here.
_WRITERS = text("""
SELECT DISTINCT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND relation = 'history'::regclass AND mode = 'RowExclusiveLock' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
""")
_PENDING = text(f"SELECT subject, sequence FROM outbox_pending WHERE stream = '{DOSSIER_STREAM}'")  # noqa: S608

_log = structlog.get_logger(__name__)


def due_at(now: datetime) -> datetime:
    """Up to when a watermark is due: the last full quarter of an hour that is at least a minute old."""
    settled = now - _ALLOWANCE
    return settled - (settled - _EPOCH) % _STEP


class Watermarks:
    """Sends the watermarks of one service. Several may run at once: one of them sends each."""

    def __init__(
        self,
        engine: AsyncEngine,
        log: EventLog,
        source: str,
        clock: Clock,
        system_clock: Clock | None = None,
    ) -> None:
        """`source` as in the events of the service; `clock` is the one that its writers go by."""
        self._system_clock = system_clock or SystemClock()
        self._engine = engine
        self._log = log
        self._source = source
        self._clock = clock
        self._sent: datetime | None = None

    async def send_due(self) -> bool:
        """Whether the watermark that is due is sent. If not, something is under way: try again.

        Asks nobody until one is due. Raises what the database or the log raises; then it is sent later, and
        some partitions may hold it twice.
        """
        due = due_at(self._clock.now())
        if self._sent is None or self._sent < due:
            async with self._engine.begin() as connection:
                await connection.execute(_PROMISE, {"up_to": due, "machine_time": self._system_clock.now()})
            async with self._engine.begin() as connection:
                self._sent = await self._send(connection)
        return self._sent is not None and self._sent >= due

    async def _send(self, connection: AsyncConnection) -> datetime | None:
        promised = (await connection.execute(_PROMISED)).one_or_none()
        if promised is None:
            return None
        if not promised.sent:
            for name, query in (("writers", _WRITERS), ("relays", _PENDING)):
                if not await _outlasted(connection, query):
                    _log.info("watermark_waits", source=self._source, waits_for=name)
                    return None
            events = announcement(self._source, promised.number, promised.up_to)
            await self._log.append(DOSSIER_STREAM, [record_of(event) for event in events])
            await connection.execute(_SENT)
        up_to: datetime = promised.up_to
        return up_to


def announcement(source: str, number: int, up_to: datetime) -> list[Envelope]:
    """The watermark number `number` of `source`, for every partition in turn."""
    return [
        Envelope(
            id=f"{subject}/{number}",
            source=source,
            type=WATERMARK_EVENT,
            subject=subject,
            time=up_to,
            sequence=number,
            data=Watermark(partition=partition, up_to=up_to).model_dump(mode="json"),
        )
        for partition in range(PARTITIONS)
        for subject in [_subject(source, partition)]
    ]


def _subject(source: str, partition: int) -> str:
    """A key that the log puts into `partition`, always the same."""
    subjects = (f"watermark{source}/{number}" for number in count())
    return next(subject for subject in subjects if partition_of(subject, PARTITIONS) == partition)


async def _outlasted(connection: AsyncConnection, query: TextClause) -> bool:
    """Wait until all that `query` finds now is gone, whatever comes meanwhile; false if it stays too long."""
    pause = _SHORTEST_PAUSE_SECONDS
    deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
    awaited = set(await connection.execute(query))
    while awaited:
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        awaited &= set(await connection.execute(query))
    return True
