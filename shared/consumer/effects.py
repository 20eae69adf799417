"""The one transaction in which a batch takes effect."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.consumer.ledger import Ledger, Poison
from shared.consumer.port import Reaction
from shared.consumer.positions import Positions
from shared.consumer.sorting import Delivery, Sorted, sort_out
from shared.events.envelope import UnreadableEventError
from shared.log.port import Position
from shared.observability import metrics

logger = structlog.get_logger()

Unreadable = list[tuple[Delivery, UnreadableEventError]]


class Effects:
    """Commits what a reaction makes of a batch."""

    def __init__(self, engine: AsyncEngine, reaction: Reaction, positions: Positions) -> None:
        self._engine = engine
        self._reaction = reaction
        self._positions = positions
        self._ledger = Ledger(reaction.group, reaction.stream)
        self._logger = logger.bind(group=reaction.group, stream=reaction.stream)

    async def commit(
        self,
        moves: Mapping[int, Position],
        subjects: Collection[str],
        deliveries: Sequence[Delivery],
        poison: Sequence[Poison],
    ) -> None:
        """Positions, effects, and what becomes of each event at hand of `subjects`, held ones included.

        Raises `PositionsMovedError` and whatever the reaction or the database raises: nothing has changed.
        """
        try:
            await self._attempt(moves, subjects, deliveries, poison, self._apply_whole)
        except UnreadableEventError:
            await self._attempt(moves, subjects, deliveries, poison, self._apply_readable)
        self._positions.moved(moves)

    async def _attempt(
        self,
        moves: Mapping[int, Position],
        subjects: Collection[str],
        deliveries: Sequence[Delivery],
        poison: Sequence[Poison],
        apply: Callable[[AsyncConnection, Sequence[Delivery]], Awaitable[Unreadable]],
    ) -> None:
        async with self._engine.begin() as connection:
            await self._positions.move(connection, moves)
            known = await self._ledger.known(connection, subjects)
            outcome = sort_out([*known.held, *deliveries], known.last_sequences, self._reaction.lacks)
            if outcome.ready:
                outcome = _without(outcome, await apply(connection, outcome.ready))
            applied = {delivery.event.subject: delivery.event.sequence for delivery in outcome.ready}
            parked = [*poison, *(_poison(delivery, error) for delivery, error in outcome.unreadable)]
            await self._ledger.advance(connection, applied)
            await self._ledger.hold(connection, outcome.waiting, known.waits)
            await self._ledger.park(connection, parked)
        for one in parked:
            self._logger.error("event_parked", subject=one.subject, sequence=one.sequence, error=one.error)
        for counter, events in (
            (metrics.EVENTS_APPLIED, len(outcome.ready)),
            (metrics.INBOX_DUPLICATES, outcome.duplicates),
            (metrics.EVENTS_OUT_OF_ORDER, len(outcome.waiting.keys() - known.waits.keys())),
            (metrics.EVENTS_PARKED, len(parked)),
        ):
            counter.labels(self._reaction.group, self._reaction.stream).inc(events)

    async def _apply_whole(self, connection: AsyncConnection, ready: Sequence[Delivery]) -> Unreadable:
        await self._reaction.apply(connection, [delivery.event for delivery in ready])
        return []

    async def _apply_readable(self, connection: AsyncConnection, ready: Sequence[Delivery]) -> Unreadable:
        """Halve until the culprits stand alone, and leave out what follows them in their subjects."""
        unreadable: Unreadable = []
        parts = [ready]
        while parts:
            broken = {delivery.event.subject for delivery, _ in unreadable}
            part = [delivery for delivery in parts.pop() if delivery.event.subject not in broken]
            if not part:
                continue
            try:
                async with connection.begin_nested():
                    await self._apply_whole(connection, part)
            except UnreadableEventError as error:
                if len(part) == 1:
                    unreadable.append((part[0], error))
                else:
                    middle = len(part) // 2
                    parts += [part[middle:], part[:middle]]
        return unreadable


def _poison(delivery: Delivery, error: UnreadableEventError) -> Poison:
    return Poison(
        subject=delivery.event.subject,
        sequence=delivery.event.sequence,
        raw=delivery.raw,
        partition=delivery.partition,
        position=delivery.position,
        error=str(error),
    )


def _without(outcome: Sorted, unreadable: Unreadable) -> Sorted:
    """`outcome` after some of what was ready could not be read: the later events of its subject wait."""
    broken = {delivery.event.subject: delivery.event.sequence for delivery, _ in unreadable}
    ready, waiting = [], dict(outcome.waiting)
    for delivery in outcome.ready:
        subject, sequence = delivery.key
        if subject not in broken or sequence < broken[subject]:
            ready.append(delivery)
        elif sequence > broken[subject]:
            waiting[delivery.key] = delivery, None
    return replace(outcome, ready=ready, waiting=waiting, unreadable=[*outcome.unreadable, *unreadable])
