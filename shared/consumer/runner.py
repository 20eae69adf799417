"""Takes events from the log and has a service react to them, exactly once in effect.

The effects of a batch, the positions it moves and the last sequence of each of its subjects are one
transaction of the service's database. What was delivered twice is known by its sequence; what came too early
is held; what can never be read is parked and holds the later events of its subject, while others flow.
"""

import asyncio
import math
import time
from collections.abc import Callable, Collection, Mapping, Sequence

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.consumer.effects import Effects
from shared.consumer.ledger import Ledger, Poison
from shared.consumer.port import Reaction
from shared.consumer.positions import Positions, PositionsMovedError
from shared.consumer.sorting import Delivery
from shared.events.envelope import SEQUENCE_HEADER, Envelope, UnreadableEventError
from shared.failures import Backoff, passes
from shared.log.port import REFERENCE_STREAM, EventLog, Message, Position, Subscription
from shared.observability.event_spans import processing
from shared.observability.metrics import BATCH_DURATION

_LARGEST_BATCH = 500
_FETCH_SECONDS = 0.5
# Batches begin at least this far apart, so that under load the events of all partitions gather in one.
_PACE_SECONDS = 0.05
_RETRY_SECONDS = 1.0
_REFUSED_SECONDS = 1.0
_RETRY_PAGE = 200

logger = structlog.get_logger()


class Consumer:
    """All reactions of one service in one process. Several processes share the partitions."""

    def __init__(self, engine: AsyncEngine, log: EventLog, reactions: Sequence[Reaction]) -> None:
        self._members = [_Member(engine, log, reaction, self._applied) for reaction in reactions]

    async def run(self, stop: asyncio.Event) -> None:
        """React until `stop` is set. Outages of the log or the database are waited out.

        Any other failure is a bug: it is raised, in an `ExceptionGroup`, and nothing is consumed any more.
        """
        async with asyncio.TaskGroup() as members:
            for member in self._members:
                members.create_task(member.run(stop))

    def _applied(self, stream: str) -> None:
        if stream == REFERENCE_STREAM:
            for member in self._members:
                member.retry_held()


class _Member:
    """One reaction, following its share of one stream."""

    def __init__(
        self, engine: AsyncEngine, log: EventLog, reaction: Reaction, applied: Callable[[str], None]
    ) -> None:
        self._engine = engine
        self._log = log
        self._reaction = reaction
        self._applied = applied
        self._positions = Positions(engine, reaction.group, reaction.stream)
        self._ledger = Ledger(reaction.group, reaction.stream)
        self._effects = Effects(engine, reaction, self._positions)
        self._duration = BATCH_DURATION.labels(reaction.group, reaction.stream)
        self._retry_due = 0.0
        self._logger = logger.bind(group=reaction.group, stream=reaction.stream)

    def retry_held(self) -> None:
        """Something came that held events may wait for."""
        self._retry_due = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        backoff = Backoff()
        while not stop.is_set():
            try:
                async with self._log.subscribe(
                    self._reaction.stream, self._reaction.group, self._positions
                ) as subscription:
                    while not stop.is_set():
                        await self._next_batch(subscription)
                        backoff.reset()
            except Exception as failure:
                if not passes(failure):
                    self._logger.exception("consumer_stopped")
                    raise
                self._logger.warning("consumer_waits", reason=repr(failure))
                await backoff.pause(stop)
                self.retry_held()

    async def _next_batch(self, subscription: Subscription) -> None:
        began = time.monotonic()
        messages = await self._gather(subscription)
        if messages:
            await self._take(subscription, messages)
        if time.monotonic() >= self._retry_due:
            await self._retry(subscription)
        if len(messages) < _LARGEST_BATCH:
            await asyncio.sleep(began + _PACE_SECONDS - time.monotonic())

    async def _gather(self, subscription: Subscription) -> Sequence[Message]:
        """What lies ready in all owned partitions; waits a little for the first message."""
        messages = list(await subscription.fetch(_LARGEST_BATCH, _FETCH_SECONDS))
        while messages and len(messages) < _LARGEST_BATCH:
            more = await subscription.fetch(_LARGEST_BATCH - len(messages), 0)
            if not more:
                break
            messages += more
        return messages

    async def _take(self, subscription: Subscription, messages: Sequence[Message]) -> None:
        try:
            await self._react(subscription, messages)
        except DBAPIError as failure:
            if not _refused(failure):
                raise
            await self._take_apart(subscription, messages)

    async def _take_apart(self, subscription: Subscription, messages: Sequence[Message]) -> None:
        """What the database refuses of one partition, for a lock or for want of room, waits there alone."""
        refused = False
        for partition, of_partition in _by_partition(messages).items():
            try:
                await self._react(subscription, of_partition)
            except DBAPIError as failure:
                if not _refused(failure):
                    raise
                refused = True
                self._logger.warning("partition_waits", partition=partition, reason=repr(failure))
                await subscription.rewind(partition)
        if refused:
            await asyncio.sleep(_REFUSED_SECONDS)

    async def _react(self, subscription: Subscription, messages: Sequence[Message]) -> None:
        deliveries, poison = _read(messages)
        subjects = {delivery.event.subject for delivery in deliveries}
        moves = {message.partition: Position(message.position + 1) for message in messages}
        await self._commit(subscription, moves, subjects, deliveries, poison)

    async def _retry(self, subscription: Subscription) -> None:
        """Try what waits for more than its predecessor again, page by page."""
        began = time.monotonic()
        self._retry_due = math.inf
        owned = self._positions.unmoved(await subscription.owned())
        after: str | None = ""
        while after is not None:
            async with self._engine.connect() as connection:
                page = await self._ledger.retried(connection, owned, after=after, limit=_RETRY_PAGE)
            if page:
                moves = {partition: owned[partition] for partition in page.values()}
                await self._commit(subscription, moves, page.keys())
            after = list(page)[-1] if len(page) == _RETRY_PAGE else None
        # Many events that wait in vain must not keep those waiting that could be applied.
        ended = time.monotonic()
        self._retry_due = min(self._retry_due, ended + max(_RETRY_SECONDS, 10 * (ended - began)))

    async def _commit(
        self,
        subscription: Subscription,
        moves: Mapping[int, Position],
        subjects: Collection[str],
        deliveries: Sequence[Delivery] = (),
        poison: Sequence[Poison] = (),
    ) -> None:
        events = [delivery.event for delivery in deliveries]
        try:
            with self._duration.time(), processing(self._reaction.stream, self._reaction.group, events):
                await self._effects.commit(moves, subjects, deliveries, poison)
        except PositionsMovedError as lost:
            self._logger.warning("positions_moved", reason=str(lost))
            for partition in moves:
                await subscription.rewind(partition)
        else:
            self._applied(self._reaction.stream)


def _refused(failure: DBAPIError) -> bool:
    """Whether the database answers, and may take later what it does not take now."""
    return passes(failure) and not failure.connection_invalidated


def _by_partition(messages: Sequence[Message]) -> Mapping[int, Sequence[Message]]:
    found: dict[int, list[Message]] = {}
    for message in messages:
        found.setdefault(message.partition, []).append(message)
    return found


def _read(messages: Sequence[Message]) -> tuple[list[Delivery], list[Poison]]:
    deliveries, poison = [], []
    for message in messages:
        try:
            event = _event(message)
        except UnreadableEventError as error:
            poison.append(_poison(message, str(error)))
        else:
            deliveries.append(Delivery(event, message.value, message.partition, message.position))
    return deliveries, poison


def _event(message: Message) -> Envelope:
    event = Envelope.decode(message.value)
    if event.subject != message.key:
        raise UnreadableEventError(f"the subject is {event.subject}, the key {message.key}")
    return event


def _poison(message: Message, error: str) -> Poison:
    sequence = message.headers.get(SEQUENCE_HEADER, "")
    return Poison(
        subject=message.key,
        sequence=int(sequence) if sequence.isdecimal() else None,
        raw=message.value,
        partition=message.partition,
        position=message.position,
        error=error,
    )
