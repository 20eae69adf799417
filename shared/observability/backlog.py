"""What of a service's events is still under way: its workers ask database and log now and then, and tell."""

import asyncio
import math
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.consumer.quiescence import Follower, consumer_backlog
from shared.log.port import EventLog, Position
from shared.observability import metrics
from shared.outbox.quiescence import outbox_backlog

SECONDS = 10.0
"""How often to ask, which with Kafka is a connection each time. Figures are never much older than this, and
empty while nobody answers."""

_PATIENCE_SECONDS = 10.0
_REMEMBERED = 360


class Backlogs:
    """Tells how much of one service waits. Each of its workers tells the same, whatever its own share is."""

    def __init__(
        self, service: str, engine: AsyncEngine, log: EventLog, streams: Sequence[str], *, writes: bool
    ) -> None:
        """`streams` are those it follows; `writes` says whether it has an outbox."""
        self._service = service
        self._engine = engine
        self._log = log
        self._ends = {stream: EndsSeen() for stream in streams}
        self._writes = writes

    async def tell(self) -> None:
        """Set the metrics. Raises what the database or the log raises."""
        if self._writes:
            await self._tell_outbox()
        for stream, ends in self._ends.items():
            await self._tell_consumer(stream, ends)

    async def _tell_outbox(self) -> None:
        gauges = (metrics.OUTBOX_PENDING, metrics.OUTBOX_OLDEST_AGE)
        with _unknown_unless_told(*(gauge.labels(self._service) for gauge in gauges)) as told:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                backlog = await outbox_backlog(self._engine)
            told.extend((backlog.events, backlog.oldest_age_seconds))

    async def _tell_consumer(self, stream: str, ends: "EndsSeen") -> None:
        gauges = (metrics.CONSUMER_LAG, metrics.CONSUMER_UNREAD, metrics.CONSUMER_HELD, metrics.DLQ_DEPTH)
        with _unknown_unless_told(*(gauge.labels(self._service, stream) for gauge in gauges)) as told:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                # The consumers of a service are one group, named after it.
                backlog = await consumer_backlog(self._log, Follower(self._engine, self._service, stream))
            now = time.monotonic()
            ends.add(now, backlog.ends)
            lag = ends.lag_seconds(now, backlog.positions)
            told.extend((lag, backlog.unread, backlog.held, backlog.parked))


@contextmanager
def _unknown_unless_told(*gauges: Gauge) -> Iterator[list[float]]:
    """Set `gauges` to what is told inside: to nothing where that fails, for an old figure would be a lie."""
    told: list[float] = []
    try:
        yield told
    finally:
        for gauge, value in zip(gauges, told or [math.nan] * len(gauges), strict=True):
            gauge.set(value)


class EndsSeen:
    """Where each partition ended at the moments it was looked at, an hour back at most.

    So a position becomes a moment without asking the log when a record was appended.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[float, Mapping[int, Position]]] = deque(maxlen=_REMEMBERED)

    def add(self, now: float, ends: Mapping[int, Position]) -> None:
        """What the log says `now`."""
        self._seen.append((now, ends))

    def lag_seconds(self, now: float, positions: Mapping[int, Position]) -> float:
        """How long ago the partition that is furthest behind ended where `positions` are; 0 at every end.

        At least so long, where it was before the first look.
        """
        return max(
            (now - self._reached(partition, positions) for partition in self._seen[-1][1]), default=0.0
        )

    def _reached(self, partition: int, positions: Mapping[int, Position]) -> float:
        position = positions.get(partition, 0)
        for moment, ends in reversed(self._seen):
            if ends.get(partition, 0) <= position:
                return moment
        return self._seen[0][0]
