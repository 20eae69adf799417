"""A consumer that lost its partitions without noticing takes no effect any more."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.consumer.positions import Positions, PositionsMovedError
from shared.consumer.runner import Consumer
from shared.database import create_engine
from shared.log.port import (
    DOSSIER_STREAM,
    EventLog,
    Message,
    Position,
    PositionStore,
    Subscription,
)
from tests.support.backbone import (
    Tally,
    caught_up,
    code,
    deliver,
    dsn_of,
    effects,
    end_sessions,
    event,
    eventually,
    running,
)

GROUP = "tally"


class Stopped:
    """A log whose readers stand still, as a stopped process does, between reading and taking effect."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.reached = asyncio.Event()
        self.goes_on = asyncio.Event()
        self._has_read = False

    @asynccontextmanager
    async def subscribe(
        self, stream: str, group: str, positions: PositionStore
    ) -> AsyncIterator[Subscription]:
        async with self._log.subscribe(stream, group, positions) as subscription:
            self._subscription = subscription
            yield self

    async def fetch(self, limit: int, timeout_seconds: float) -> Sequence[Message]:
        messages = await self._subscription.fetch(limit, timeout_seconds)
        if messages:
            self._has_read = True
        elif self._has_read:
            self.reached.set()
            await self.goes_on.wait()
        return messages

    async def rewind(self, partition: int) -> None:
        await self._subscription.rewind(partition)

    async def owned(self) -> frozenset[int]:
        return await self._subscription.owned()


async def test_a_zombie_takes_no_effect(
    service: AsyncEngine, log: EventLog, capsys: pytest.CaptureFixture[str]
) -> None:
    stopped = Stopped(log)
    await deliver(log, *(event(code(number), 1) for number in range(40)))
    async with running(Consumer(service, cast(EventLog, stopped), [Tally()]).run):
        await stopped.reached.wait()
        await end_sessions(service, "motcua tally")  # the server takes the partitions from the stopped one
        async with running(Consumer(service, log, [Tally()]).run):
            await eventually(lambda: caught_up(service, log))
            stopped.goes_on.set()
            await deliver(log, *(event(code(number), 2) for number in range(40)))
            await eventually(lambda: caught_up(service, log))

    assert await effects(service) == {code(number): [1, 2] for number in range(40)}
    assert "positions_moved" in capsys.readouterr().out


async def test_positions_move_only_from_where_they_were_seen(service: AsyncEngine) -> None:
    zombie, heir = (Positions(service, GROUP, DOSSIER_STREAM) for _ in range(2))
    for member in (zombie, heir):
        assert await member.next_position(GROUP, DOSSIER_STREAM, "epoch", 3) == 0
        assert await member.next_position(GROUP, DOSSIER_STREAM, "epoch", 4) == 0

    await move(service, heir, {3: Position(10)})
    with pytest.raises(PositionsMovedError):
        await move(service, zombie, {3: Position(5), 4: Position(7)})

    assert await heir.next_position(GROUP, DOSSIER_STREAM, "epoch", 3) == 10
    assert await heir.next_position(GROUP, DOSSIER_STREAM, "epoch", 4) == 0


async def test_nobody_goes_on_in_a_log_that_was_replaced(service: AsyncEngine) -> None:
    before, after = (Positions(service, GROUP, DOSSIER_STREAM) for _ in range(2))
    await before.next_position(GROUP, DOSSIER_STREAM, "first", 3)
    await move(service, before, {3: Position(10)})

    assert await after.next_position(GROUP, DOSSIER_STREAM, "second", 3) == 0
    with pytest.raises(PositionsMovedError):
        await move(service, before, {3: Position(11)})


async def move(engine: AsyncEngine, positions: Positions, moves: dict[int, Position]) -> None:
    async with engine.begin() as connection:
        await positions.move(connection, moves)
    positions.moved(moves)


async def test_outages_are_waited_out(service: AsyncEngine, log: EventLog) -> None:
    """The database and the log's sessions are cut again and again while events arrive."""
    cut = create_engine(dsn_of(service), application_name="cut")
    async with running(Consumer(cut, log, [Tally()]).run):
        for sequence in range(1, 6):
            await deliver(log, *(event(code(number), sequence) for number in range(40)))
            await asyncio.sleep(0.1)
            await end_sessions(service, "cut")
            await end_sessions(service, "motcua tally")
        await eventually(lambda: caught_up(service, log))
    await cut.dispose()

    assert await effects(service) == {code(number): [1, 2, 3, 4, 5] for number in range(40)}
