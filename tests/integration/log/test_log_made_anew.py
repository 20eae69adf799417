"""A cluster is replaced by an empty one, at the same address, while a member reads."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.console.kafka.cluster import KafkaCluster, free_ports
from shared.log.address import open_log
from shared.log.port import LogUnavailableError, Message, Subscription
from tests.contract.log.reading import PATIENCE_SECONDS, numbered, read
from tests.support.positions import InMemoryPositions
from tests.support.real_kafka import need_kafka

STREAM, GROUP = "dossier", "readers"


@pytest.fixture
def port() -> int:
    return free_ports(1)[0]


@pytest.fixture
def cluster(tmp_path: Path, port: int) -> Iterator[KafkaCluster]:
    need_kafka()
    made = KafkaCluster(tmp_path / "kafka")
    made.start(first_port=port)
    yield made
    made.stop()


async def told(address: str, count: int) -> str:
    """Tell a log, which may have to be made, what the histories hold; its epoch."""
    log = open_log(address)
    await log.ensure_schema([STREAM])
    await log.append(STREAM, numbered("key", count))
    epoch = await log.epoch(STREAM)
    await log.close()
    return epoch


async def read_in_the_end(member: Subscription, count: int) -> list[Message]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                return await read(member, count)
            except LogUnavailableError:
                await asyncio.sleep(0.5)


# As many as were read: the old position is the new end, where there is nothing to stumble over.
@pytest.mark.parametrize("again", [10, 30])
async def test_what_is_told_again_is_read_from_its_beginning(
    cluster: KafkaCluster, port: int, again: int
) -> None:
    address = f"{cluster.address}&session_seconds=6"
    positions, log = InMemoryPositions(), open_log(address)
    epoch = await told(address, 10)
    async with log.subscribe(STREAM, GROUP, positions) as member:
        positions.commit(GROUP, epoch, (await read(member, 10))[-1])

        cluster.kill(1)
        cluster.stop()
        shutil.rmtree(cluster.folder)
        await asyncio.to_thread(cluster.start, first_port=port)
        assert await told(address, again) != epoch

        messages = await read_in_the_end(member, again)
    await log.close()
    assert [int(message.value) for message in messages] == list(range(again))
