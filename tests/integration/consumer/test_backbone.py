"""From a service's commit to another service's effects, over either log."""

import asyncio
import random

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.consumer.quiescence import Follower, all_quiet, consumer_backlog
from shared.consumer.runner import Consumer
from shared.log.port import DOSSIER_STREAM, EventLog
from shared.outbox.payloads import HistoryPayloads
from shared.outbox.quiescence import outbox_backlog
from shared.outbox.relay import Relay
from tests.support.backbone import (
    Tally,
    code,
    deliver,
    effects,
    event,
    eventually,
    running,
    write_events,
)


async def test_every_commit_takes_effect_once(service: AsyncEngine, either_log: EventLog) -> None:
    chance = random.Random(10)  # noqa: S311 - the same disorder every time
    follower = Follower(service, "tally", DOSSIER_STREAM)

    async def live(number: int) -> None:
        for sequence in (1, 2, 3):
            async with service.begin() as connection:
                await write_events(connection, [(code(number), sequence)])
                await asyncio.sleep(chance.uniform(0, 0.1))

    relay = Relay(service, either_log, {DOSSIER_STREAM: HistoryPayloads("/intake")})
    async with running(relay.run), running(Consumer(service, either_log, [Tally()]).run):
        await asyncio.gather(*(live(number) for number in range(100)))
        await eventually(lambda: all_quiet(either_log, [service], [follower]))

    assert await effects(service) == {code(number): [1, 2, 3] for number in range(100)}


async def test_consumers_that_come_and_go_share_the_work(service: AsyncEngine, log: EventLog) -> None:
    follower = Follower(service, "tally", DOSSIER_STREAM)

    def consumer() -> Consumer:
        return Consumer(service, log, [Tally()])

    async with running(consumer().run):
        for first in (1, 11):
            async with running(consumer().run), running(consumer().run):
                for sequence in range(first, first + 10):
                    await deliver(log, *(event(code(number), sequence) for number in range(30)))
                    await asyncio.sleep(0.15)
        await eventually(lambda: all_quiet(log, [], [follower]))

    assert await effects(service) == {code(number): list(range(1, 21)) for number in range(30)}


async def test_quiet_means_that_nothing_is_on_its_way(service: AsyncEngine, log: EventLog) -> None:
    follower = Follower(service, "tally", DOSSIER_STREAM)
    relay = Relay(service, log, {DOSSIER_STREAM: HistoryPayloads("/intake")})

    async def quiet() -> bool:
        return await all_quiet(log, [service], [follower])

    assert await quiet()
    async with service.begin() as connection:
        await write_events(connection, [(code(1), 1)])
    assert not await quiet(), "an event is in the outbox"
    assert (await outbox_backlog(service)).events == 1

    async with running(relay.run):
        await eventually(lambda: is_sent(service))
    assert not await quiet(), "an event is in the log"
    assert (await consumer_backlog(log, follower)).unread == 1

    async with running(Consumer(service, log, [Tally()]).run):
        await eventually(quiet)
        await deliver(log, event(code(1), 3))
        await eventually(lambda: is_held(log, follower))
        assert not await quiet(), "an event is held"


async def is_sent(engine: AsyncEngine) -> bool:
    return not (await outbox_backlog(engine)).events


async def is_held(log: EventLog, follower: Follower) -> bool:
    backlog = await consumer_backlog(log, follower)
    return backlog.held == 1 and not backlog.unread
