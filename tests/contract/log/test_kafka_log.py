"""What is special to the log in Kafka."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.log import kafka, kafka_member
from shared.log.kafka import KafkaLog
from shared.log.kafka_address import KafkaAddress
from shared.log.kafka_member import KafkaMember
from shared.log.partitioning import partition_of
from shared.log.port import PARTITIONS, LogUnavailableError, UnknownStreamError
from tests.contract.log.reading import numbered, read
from tests.support.kafka import WireKafka
from tests.support.positions import InMemoryPositions

GROUP = "readers"


@pytest.fixture
async def log(wire_kafka: WireKafka, stream: str) -> AsyncIterator[KafkaLog]:
    wire_kafka.make_topic(stream, PARTITIONS)
    opened = KafkaLog(KafkaAddress(servers=wire_kafka.servers, session_seconds=2))
    yield opened
    await opened.close()


async def test_the_settings_that_lose_records_by_default_are_turned(log: KafkaLog, stream: str) -> None:
    await log.append(stream, numbered("key", 1))
    producer = log._producer
    assert producer is not None
    assert producer._sender._acks == -1
    assert producer._txn_manager is not None, "not idempotent"
    async with log.subscribe(stream, GROUP, InMemoryPositions()) as member:
        await read(member, 1)
        consumer = member._consumer
        assert consumer is not None
        assert consumer._enable_auto_commit is False
        assert consumer._auto_offset_reset == "earliest"
        assert consumer._isolation_level == "read_committed"


async def test_the_broker_is_told_how_far_a_member_is(
    log: KafkaLog, wire_kafka: WireKafka, stream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_member, "_REPORT_SECONDS", 0)
    await log.append(stream, numbered("key", 5))
    async with log.subscribe(stream, GROUP, InMemoryPositions()) as member:
        await read(member, 3)
        await member.fetch(1, 1)
        place = TopicPartition(stream, partition_of("key", PARTITIONS))
        async with AIOKafkaConsumer(
            bootstrap_servers=wire_kafka.servers, group_id=f"{GROUP}.{stream}", enable_auto_commit=False
        ) as observer:
            assert await observer.committed(place) == 3


async def test_offsets_at_the_broker_do_not_decide_where_to_read(
    log: KafkaLog, stream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_member, "_REPORT_SECONDS", 0)
    await log.append(stream, numbered("key", 5))
    for _ in range(2):
        async with log.subscribe(stream, GROUP, InMemoryPositions()) as member:
            assert [int(message.value) for message in await read(member, 5)] == list(range(5))
            await member.fetch(1, 0.1)


async def test_what_another_program_wrote_is_delivered_and_ends_nobody(
    log: KafkaLog, wire_kafka: WireKafka, stream: str
) -> None:
    place = partition_of("key", PARTITIONS)
    async with AIOKafkaProducer(bootstrap_servers=wire_kafka.servers) as stranger:
        headers = [("none", None), ("binary", b"\xff")]
        await stranger.send_and_wait(stream, b"", partition=place, headers=headers)
        await stranger.send_and_wait(stream, b"1", key=b"\xff", partition=place)
    await log.append(stream, numbered("key", 1))
    async with log.subscribe(stream, GROUP, InMemoryPositions()) as member:
        read_back = await read(member, 3)
    assert [(message.key, message.value) for message in read_back] == [
        ("", b""),
        ("\ufffd", b"1"),
        ("key", b"0"),
    ]
    assert read_back[0].headers == {"none": "", "binary": "\ufffd"}


async def test_a_topic_with_other_partitions_is_no_stream(
    log: KafkaLog, wire_kafka: WireKafka, stream: str
) -> None:
    wire_kafka.make_topic(f"{stream}-small", 4)
    with pytest.raises(UnknownStreamError, match="4 partitions, not 16"):
        await log.append(f"{stream}-small", numbered("key", 1))
    with pytest.raises(UnknownStreamError):
        await log.ensure_schema([f"{stream}-small"])


async def test_another_cluster_is_another_epoch(log: KafkaLog, stream: str) -> None:
    with WireKafka() as other:
        other.make_topic(stream, PARTITIONS)
        assert await KafkaLog(KafkaAddress(servers=other.servers)).epoch(stream) != await log.epoch(stream)


async def test_a_topic_made_anew_is_another_epoch(log: KafkaLog, wire_kafka: WireKafka, stream: str) -> None:
    before = await log.epoch(stream)
    wire_kafka.delete_topic(stream)
    wire_kafka.make_topic(stream, PARTITIONS)
    assert await log.epoch(stream) != before


async def test_positions_in_another_epoch_are_not_asked_for_while_something_is_in_hand(
    log: KafkaLog, wire_kafka: WireKafka, stream: str
) -> None:
    """What is in hand would be committed as read in the new epoch, and as much of that be passed over."""
    positions, before = InMemoryPositions(), await log.epoch(stream)
    await log.append(stream, numbered("key", 5))
    async with log.subscribe(stream, GROUP, positions) as member:
        await read(member, 3)
        wire_kafka.delete_topic(stream)
        wire_kafka.make_topic(stream, PARTITIONS)
        member._overtaken = True
        assert await member.fetch(1, 1) == ()
        assert set(positions.epochs) == {before}
        await member.fetch(1, 1)
        assert set(positions.epochs) == {before, await log.epoch(stream)}


async def test_appends_and_fetches_go_on_when_the_broker_is_back(
    stream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka, "_APPEND_SECONDS", 2)
    with WireKafka() as broker:
        broker.make_topic(stream, PARTITIONS)
        log = KafkaLog(KafkaAddress(servers=broker.servers, session_seconds=2))
        positions = InMemoryPositions()
        await log.append(stream, numbered("key", 3))
        async with log.subscribe(stream, GROUP, positions) as member:
            messages = await read(member, 3)
            positions.commit(GROUP, await log.epoch(stream), messages[-1])
            broker.go_down()
            with pytest.raises(LogUnavailableError):
                await log.append(stream, numbered("key", 3, start=3))
            broker.come_up()
            await log.append(stream, numbered("key", 3, start=3))
            seen: set[bytes] = set()
            async with asyncio.timeout(40):
                while seen != {b"3", b"4", b"5"}:
                    try:
                        seen |= {message.value for message in await member.fetch(10, 1)}
                    except LogUnavailableError:
                        continue
        await log.close()


async def test_a_partition_of_somebody_else_is_dropped_with_what_was_read_ahead() -> None:
    member = KafkaMember(KafkaAddress(servers="nowhere"), {}, "stream", GROUP, InMemoryPositions())
    member.on_partitions_assigned([TopicPartition("stream", 3)])
    assert member._unplaced == {3}
    await member.on_partitions_revoked([TopicPartition("stream", 3)])
    assert member._unplaced == set()
