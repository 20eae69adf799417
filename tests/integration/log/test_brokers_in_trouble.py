"""Three brokers are killed one after the other, hang and die all at once, while four write and one reads.

Takes about two minutes on two processors, most of it brokers that start.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from services.console.kafka.cluster import KafkaCluster
from shared.failures import Backoff
from shared.log.address import open_log
from shared.log.port import EventLog, LogUnavailableError, Record
from tests.support.backbone import eventually
from tests.support.positions import InMemoryPositions
from tests.support.real_kafka import need_kafka

STREAM, GROUP = "dossier", "readers"
WRITERS, KEYS = 4, 10
PATIENCE_SECONDS = 400


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    need_kafka()
    with KafkaCluster(tmp_path_factory.mktemp("kafka"), brokers=3) as started:
        yield started


class Journal:
    """What was confirmed to the writers, and what the reader found."""

    def __init__(self) -> None:
        self.confirmed: dict[str, int] = {}
        self.found: dict[str, int] = {}
        self.refused = 0
        self.repeated = 0

    def find(self, key: str, number: int) -> None:
        """What was refused is written again, so a number may come twice; none may be missing before it."""
        last = self.found.get(key, 0)
        assert number <= last + 1, f"{key}: {number} came after {last}"
        self.repeated += number <= last
        self.found[key] = max(number, last)

    async def begins(self) -> None:
        """Wait until every writer got something confirmed."""

        async def begun() -> bool:
            return len(self.confirmed) == WRITERS * KEYS

        await eventually(begun, seconds=PATIENCE_SECONDS)

    async def grows(self, by: int = 5) -> None:
        """Wait until every writer got that many more confirmed, and the reader found them."""
        goals = {key: number + by for key, number in self.confirmed.items()}

        async def reached() -> bool:
            return all(self.found.get(key, 0) >= goal for key, goal in goals.items())

        await eventually(reached, seconds=PATIENCE_SECONDS)


async def write(log: EventLog, writer: int, journal: Journal, stop: asyncio.Event) -> None:
    backoff = Backoff(longest_seconds=2)
    number = 1
    while not stop.is_set():
        records = [Record(f"{writer}/{key}", str(number).encode()) for key in range(KEYS)]
        try:
            await log.append(STREAM, records)
        except LogUnavailableError:
            journal.refused += 1
            await backoff.pause(stop)
            continue
        backoff.reset()
        journal.confirmed |= {record.key: number for record in records}
        number += 1
        await asyncio.sleep(0.02)


async def read(log: EventLog, journal: Journal, stop: asyncio.Event) -> None:
    positions, epoch, backoff = InMemoryPositions(), await log.epoch(STREAM), Backoff(longest_seconds=2)
    async with log.subscribe(STREAM, GROUP, positions) as subscription:
        while not stop.is_set() or journal.found != journal.confirmed:
            try:
                messages = await subscription.fetch(500, 0.5)
            except LogUnavailableError:
                await backoff.pause(stop)
                continue
            for message in messages:
                journal.find(message.key, int(message.value))
                positions.commit(GROUP, epoch, message)


@asynccontextmanager
async def traffic(address: str) -> AsyncIterator[Journal]:
    """Ends when everything that was confirmed is found."""
    journal = Journal()
    stop, done = asyncio.Event(), asyncio.Event()
    logs = [open_log(address) for _ in range(WRITERS + 1)]
    await logs[0].ensure_schema([STREAM])
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(read(logs[0], journal, done))
            writing = [
                group.create_task(write(log, writer, journal, stop)) for writer, log in enumerate(logs[1:])
            ]
            yield journal
            stop.set()
            await asyncio.wait(writing)
            done.set()
    finally:
        for log in logs:
            await log.close()


async def test_a_stream_that_was_made_is_there_whichever_broker_is_asked(cluster: KafkaCluster) -> None:
    log = open_log(cluster.address)
    async with asyncio.TaskGroup() as group:
        for number in range(24):
            group.create_task(log.ensure_schema([f"made-{number}"]))
    await log.close()


async def test_nothing_confirmed_is_lost_and_every_key_keeps_its_order(cluster: KafkaCluster) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), traffic(f"{cluster.address}&session_seconds=6") as journal:
        await journal.begins()
        for number in cluster.numbers:
            cluster.kill(number)
            await journal.grows()
            await asyncio.to_thread(cluster.restart, number)

        hanging = cluster.pid(1)
        os.kill(hanging, signal.SIGSTOP)
        await journal.grows()
        os.kill(hanging, signal.SIGCONT)

        for number in cluster.numbers:
            cluster.kill(number)
        async with asyncio.TaskGroup() as group:
            for number in cluster.numbers:
                group.create_task(asyncio.to_thread(cluster.restart, number))
        await journal.grows()

    assert journal.found == journal.confirmed
    assert min(journal.confirmed.values()) > 25
