"""One suite, three logs: PostgreSQL, Kafka's protocol over TCP, and a real Apache Kafka."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
from aiokafka.consumer.group_coordinator import GroupCoordinator

from shared.log.address import open_log
from shared.log.port import PARTITIONS, EventLog
from tests.support.kafka import WireKafka
from tests.support.real_kafka import RealKafka, delete_topics


@pytest.fixture(scope="session")
def wire_kafka() -> Iterator[WireKafka]:
    with WireKafka() as broker:
        yield broker


@pytest.fixture
def stream() -> str:
    """A name that no other test uses, for a broker that outlives the test."""
    return f"stream-{uuid.uuid4().hex}"


@pytest.fixture(params=["postgres", "wire-kafka", "real-kafka"])
async def address(request: pytest.FixtureRequest, stream: str) -> AsyncIterator[str]:
    """Where a log is in which `stream` can be made."""
    match request.param:
        case "postgres":
            yield request.getfixturevalue("fresh_database")()
        case "wire-kafka":
            broker: WireKafka = request.getfixturevalue("wire_kafka")
            broker.make_topic(stream, PARTITIONS)
            _let_followers_sync_first(request.getfixturevalue("monkeypatch"))
            yield f"kafka://{broker.servers}?session_seconds=3"
        case _:
            kafka: RealKafka = request.getfixturevalue("real_kafka")
            yield kafka.open
            await delete_topics(kafka, stream)


@pytest.fixture
async def log(address: str, stream: str) -> AsyncIterator[EventLog]:
    """A log that holds `stream`, empty."""
    opened = open_log(address)
    await opened.ensure_schema([stream])
    yield opened
    await opened.close()


def _let_followers_sync_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold the group's leader back a little.

    Librdkafka's broker forgets the assignment once the leader has sent it, and then refuses followers that
    ask for theirs; a real broker keeps it.
    """
    assign = GroupCoordinator._perform_assignment

    async def assign_later(coordinator: GroupCoordinator, response: object) -> object:
        await asyncio.sleep(0.05)
        return await assign(coordinator, response)

    monkeypatch.setattr(GroupCoordinator, "_perform_assignment", assign_later)
