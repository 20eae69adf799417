"""Sends what a service has committed to the event log.

The relay remembers nothing: a row of `outbox_pending` is unsent until it is deleted, and it is deleted only
when the log has confirmed its event. A mark over ids or timestamps would skip a transaction that commits
late. A relay that dies in between sends some events twice, and consumers know them by their sequence.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import cast

import asyncpg
import structlog
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.events.envelope import Envelope
from shared.failures import Backoff, passes
from shared.log.port import EventLog, Record
from shared.observability.event_spans import sending
from shared.observability.metrics import EVENTS_BLOCKED, EVENTS_SENT
from shared.outbox.ownership import BucketShare
from shared.outbox.payloads import Payloads, found, record_of

_LARGEST_BATCH = 500
_POLL_SECONDS = 0.1
# Rounds begin at least this far apart, so that under load the marks of many requests gather in one.
_PACE_SECONDS = 0.01
_BLOCKED_SECONDS = 60
_MARK_COLUMNS = ("bucket", "stream", "subject", "sequence")

_PENDING = """
SELECT bucket, stream, subject, sequence FROM outbox_pending
WHERE bucket = ANY($1::smallint[]) AND subject <> ALL($2::text[])
ORDER BY bucket, stream, subject, sequence LIMIT $3
"""
_SENT = """
DELETE FROM outbox_pending AS pending
USING unnest($1::smallint[], $2::text[], $3::text[], $4::int[]) AS sent (bucket, stream, subject, sequence)
WHERE (pending.bucket, pending.stream, pending.subject, pending.sequence)
    = (sent.bucket, sent.stream, sent.subject, sent.sequence)
"""
# Statistics are mostly taken while the tables are near empty; a backlog must be read by key all the same.
# A deletion that a crash takes back only sends an event again.
_SESSION = """
SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET synchronous_commit = off
"""

logger = structlog.get_logger()


class Relay:
    """Sends the pending events of one database, those of a subject in sequence order.

    Several relays may run at once: each sends the subjects of its own buckets, and what one leaves behind the
    others take over within a second or two.
    """

    def __init__(self, engine: AsyncEngine, log: EventLog, payloads: Mapping[str, Payloads]) -> None:
        """`payloads` says for each stream where its events are kept."""
        self._engine = engine
        self._log = log
        self._payloads = payloads
        self._woken = asyncio.Event()
        self._blocked: dict[str, float] = {}

    def wake(self) -> None:
        """Something was committed in this process; send it now rather than at the next poll."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop` is set. Outages of the log or the database are waited out; a bug is raised."""
        backoff = Backoff()
        while not stop.is_set():
            try:
                # An outage ends the session too, so that a relay which is better off can take over.
                async with _own_session(self._engine) as session:
                    share = BucketShare(session)
                    while not stop.is_set():
                        began = asyncio.get_running_loop().time()
                        size = await self._send_next(session, await share.buckets())
                        backoff.reset()
                        if size < _LARGEST_BATCH:
                            await self._rest(began)
            except Exception as failure:
                if not passes(failure):
                    logger.exception("relay_stopped")
                    raise
                logger.warning("relay_waits", reason=repr(failure))
                await backoff.pause(stop)

    async def _send_next(self, session: "asyncpg.Connection[asyncpg.Record]", buckets: Sequence[int]) -> int:
        """Send one batch; says how many rows were found."""
        if not buckets:
            return 0
        pending = await session.fetch(_PENDING, buckets, self._blocked_subjects(), _LARGEST_BATCH)
        for stream, payloads in self._payloads.items():
            rows = [row for row in pending if row["stream"] == stream]
            if not rows:
                continue
            events = await payloads.load(session, [(row["subject"], row["sequence"]) for row in rows])
            ready = [
                (row, record)
                for row in rows
                if (record := self._record(row, events.get((row["subject"], row["sequence"]))))
            ]
            with sending(stream, [events[row["subject"], row["sequence"]] for row, _ in ready]):
                await self._log.append(stream, [record for _, record in ready])
            await session.execute(_SENT, *([row[column] for row, _ in ready] for column in _MARK_COLUMNS))
            EVENTS_SENT.labels(stream).inc(len(ready))
        return len(pending)

    def _record(self, row: asyncpg.Record, event: Envelope | None) -> Record | None:
        """None for what cannot be sent. It blocks its subject, whose later events must not overtake it."""
        subject = row["subject"]
        if subject in self._blocked:
            return None
        try:
            return record_of(found(event))
        except ValueError:
            logger.exception("event_cannot_be_sent", subject=subject, sequence=row["sequence"])
            EVENTS_BLOCKED.labels(row["stream"]).inc()
            self._blocked[subject] = asyncio.get_running_loop().time() + _BLOCKED_SECONDS
            return None

    def _blocked_subjects(self) -> list[str]:
        now = asyncio.get_running_loop().time()
        self._blocked = {subject: until for subject, until in self._blocked.items() if until > now}
        return list(self._blocked)

    async def _rest(self, began: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_POLL_SECONDS):
                await self._woken.wait()
        self._woken.clear()
        await asyncio.sleep(began + _PACE_SECONDS - asyncio.get_running_loop().time())


@asynccontextmanager
async def _own_session(engine: AsyncEngine) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A session that never goes back to the pool: closing it gives up every lock that it holds."""
    async with engine.connect() as connection:
        session = cast(
            "asyncpg.Connection[asyncpg.Record]", (await connection.get_raw_connection()).driver_connection
        )
        await connection.run_sync(Connection.detach)
        await session.execute(_SESSION)
        yield session
