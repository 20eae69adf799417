"""What every log promises to those who append and to those who read alone."""

import asyncio
from collections import defaultdict
from contextlib import suppress

import pytest

from shared.log.address import open_log
from shared.log.partitioning import partition_of
from shared.log.port import (
    MAX_VALUE_BYTES,
    PARTITIONS,
    EventLog,
    LogTruncatedError,
    LogUnavailableError,
    Message,
    Position,
    Record,
    UnknownStreamError,
)
from tests.contract.log.reading import numbered, read
from tests.support.positions import InMemoryPositions

GROUP = "readers"


def by_partition(messages: list[Message]) -> dict[int, list[Message]]:
    sorted_out = defaultdict(list)
    for message in messages:
        sorted_out[message.partition].append(message)
    return sorted_out


async def test_records_of_a_key_come_in_order_and_positions_grow(log: EventLog, stream: str) -> None:
    keys = [f"H41.SCT-230515-{number:04}" for number in range(40)]
    for start in (0, 5):
        await log.append(stream, [record for key in keys for record in numbered(key, 5, start)])

    async with log.subscribe(stream, GROUP, InMemoryPositions()) as subscription:
        messages = await read(subscription, 400)

    for key in keys:
        of_key = [message for message in messages if message.key == key]
        assert [int(message.value) for message in of_key] == list(range(10))
        assert {message.partition for message in of_key} == {partition_of(key, PARTITIONS)}
    for of_partition in by_partition(messages).values():
        positions = [message.position for message in of_partition]
        assert positions == sorted(set(positions))


async def test_four_appenders_at_once_and_a_reader_lose_nothing(log: EventLog, stream: str) -> None:
    async def append(appender: int) -> None:
        for number in range(60):
            # Few keys, so that appenders meet in the same partitions; in different orders.
            keys = range(6) if appender % 2 else reversed(range(6))
            await log.append(stream, [Record(f"key-{key}", f"{appender}/{number}".encode()) for key in keys])

    async with log.subscribe(stream, GROUP, InMemoryPositions()) as subscription:
        await subscription.fetch(1, 0.1)
        async with asyncio.TaskGroup() as group:
            for appender in range(4):
                group.create_task(append(appender))
            reading = group.create_task(read(subscription, 4 * 60 * 6, limit=7))
        messages = reading.result()
        assert await subscription.fetch(200, 0.3) == ()

    seen = sorted((message.key, message.value) for message in messages)
    sent = sorted((f"key-{k}", f"{a}/{n}".encode()) for k in range(6) for a in range(4) for n in range(60))
    assert seen == sent
    for appender in range(4):
        for key in range(6):
            numbers = [
                int(message.value.split(b"/")[1])
                for message in messages
                if message.key == f"key-{key}" and message.value.startswith(b"%d/" % appender)
            ]
            assert numbers == list(range(60))


async def test_what_went_in_comes_out(log: EventLog, stream: str) -> None:
    records = [
        Record("hồ sơ/Một Cửa ✓ 𝄞", "giấy tiếp nhận".encode(), {"ce_type": "đã nộp", "empty": ""}),
        Record("", b""),
        Record("bytes", bytes(range(256)), {"ce_id": "1"}),
        Record("large", b"\x00\xff" * (MAX_VALUE_BYTES // 2)),
    ]
    for record in records:
        await log.append(stream, [record])

    async with log.subscribe(stream, GROUP, InMemoryPositions()) as subscription:
        messages = await read(subscription, 4)

    assert {message.stream for message in messages} == {stream}
    assert {m.key: (m.value, dict(m.headers)) for m in messages} == {
        record.key: (record.value, dict(record.headers)) for record in records
    }


def test_a_value_that_not_every_log_can_carry_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 900000"):
        Record("key", b"x" * (MAX_VALUE_BYTES + 1))


async def test_an_empty_append_changes_nothing(log: EventLog, stream: str) -> None:
    await log.append(stream, [])
    assert set((await log.end_positions(stream)).values()) == {0}


async def test_a_fetch_gives_one_partition_and_no_more_than_asked(log: EventLog, stream: str) -> None:
    await log.append(stream, [record for key in "abcdefgh" for record in numbered(key, 20)])
    count = 0
    async with log.subscribe(stream, GROUP, InMemoryPositions()) as subscription:
        while count < 160:
            messages = await subscription.fetch(7, 5)
            assert 0 < len(messages) <= 7
            assert len({message.partition for message in messages}) == 1
            count += len(messages)


async def test_a_fetch_without_records_times_out(log: EventLog, stream: str) -> None:
    async with log.subscribe(stream, GROUP, InMemoryPositions()) as subscription:
        await log.append(stream, numbered("key", 1))
        await read(subscription, 1)
        async with asyncio.timeout(2):
            assert await subscription.fetch(10, 0.2) == ()


async def test_a_waiting_fetch_wakes_for_an_append(log: EventLog, stream: str) -> None:
    async with log.subscribe(stream, GROUP, InMemoryPositions()) as subscription:
        await log.append(stream, numbered("key", 1))
        await read(subscription, 1)
        waiting = asyncio.create_task(subscription.fetch(10, 20))
        await asyncio.sleep(0.05)
        async with asyncio.timeout(0.8):
            await log.append(stream, numbered("key", 1, start=1))
            assert [message.value for message in await waiting] == [b"1"]


async def test_a_new_member_goes_on_where_the_effects_are_committed(log: EventLog, stream: str) -> None:
    positions = InMemoryPositions()
    await log.append(stream, numbered("key", 10))
    async with log.subscribe(stream, GROUP, positions) as subscription:
        messages = await read(subscription, 8)
        positions.commit(GROUP, await log.epoch(stream), messages[5])

    async with log.subscribe(stream, GROUP, positions) as subscription:
        assert [message.value for message in await read(subscription, 4)] == [b"6", b"7", b"8", b"9"]
    async with log.subscribe(stream, "other", positions) as subscription:
        assert len(await read(subscription, 10)) == 10


async def test_rewind_reads_again_from_what_is_committed(log: EventLog, stream: str) -> None:
    positions = InMemoryPositions()
    await log.append(stream, [*numbered("key", 10), *numbered("other", 3)])
    async with log.subscribe(stream, GROUP, positions) as subscription:
        messages = await read(subscription, 13)
        first = [message for message in messages if message.key == "key"]
        positions.commit(GROUP, await log.epoch(stream), first[3])
        await subscription.rewind(first[0].partition)
        again = await read(subscription, 6)
        assert [message.value for message in again] == [message.value for message in first[4:]]
        assert await subscription.fetch(10, 0.2) == ()


async def test_rewind_forgets_what_was_fetched_ahead(log: EventLog, stream: str) -> None:
    await log.append(stream, [record for key in "abcdefgh" for record in numbered(key, 3)])
    async with log.subscribe(stream, GROUP, InMemoryPositions()) as subscription:
        await subscription.fetch(200, 5)
        for partition in await subscription.owned():
            await subscription.rewind(partition)
        messages = await read(subscription, 24)
        assert sorted((message.key, int(message.value)) for message in messages) == [
            (key, number) for key in "abcdefgh" for number in range(3)
        ]
        assert await subscription.fetch(200, 0.2) == ()


async def test_rewind_of_a_partition_of_somebody_else_does_nothing(log: EventLog, stream: str) -> None:
    async with log.subscribe(stream, GROUP, InMemoryPositions()) as subscription:
        await subscription.rewind(3)
        assert await subscription.owned() == frozenset()


async def test_a_cancelled_fetch_loses_nothing(log: EventLog, stream: str) -> None:
    await log.append(stream, [record for key in "abcdefgh" for record in numbered(key, 50)])
    messages: list[Message] = []
    async with log.subscribe(stream, GROUP, InMemoryPositions()) as subscription:
        for attempt in range(60):
            fetching = asyncio.create_task(subscription.fetch(3, 5))
            await asyncio.wait([fetching], timeout=attempt % 6 / 1000)
            fetching.cancel()
            with suppress(asyncio.CancelledError):
                messages += await fetching
        messages += await read(subscription, 400 - len(messages))
    assert sorted((message.key, int(message.value)) for message in messages) == [
        (key, number) for key in "abcdefgh" for number in range(50)
    ]


async def test_end_positions_are_where_the_next_records_go(log: EventLog, stream: str) -> None:
    await log.append(stream, numbered("key", 3))
    ends = await log.end_positions(stream)
    assert ends == dict.fromkeys(range(PARTITIONS), 0) | {partition_of("key", PARTITIONS): 3}


async def test_positions_are_asked_for_in_the_epoch_of_the_stream(log: EventLog, stream: str) -> None:
    positions = InMemoryPositions()
    partition = partition_of("key", PARTITIONS)
    positions.set(GROUP, stream, "the log before it was made anew", partition, 2)
    await log.append(stream, numbered("key", 3))
    async with log.subscribe(stream, GROUP, positions) as subscription:
        assert len(await read(subscription, 3)) == 3
    assert set(positions.epochs) == {await log.epoch(stream)}
    assert await log.epoch(stream) == await log.epoch(stream)


async def test_a_log_that_ends_before_the_position_is_told(log: EventLog, stream: str) -> None:
    positions = InMemoryPositions()
    partition = partition_of("key", PARTITIONS)
    await log.append(stream, numbered("key", 3))
    positions.set(GROUP, stream, await log.epoch(stream), partition, 4)
    async with log.subscribe(stream, GROUP, positions) as subscription:
        with pytest.raises(LogTruncatedError, match="up to 4"):
            await read(subscription, 1)


async def test_a_failing_position_store_is_heard_and_asked_again(log: EventLog, stream: str) -> None:
    class Failing(InMemoryPositions):
        failed = False

        async def next_position(self, group: str, stream: str, epoch: str, partition: int) -> Position:
            if not self.failed:
                self.failed = True
                raise ConnectionError("the consumer's database is away")
            return Position(0)

    await log.append(stream, numbered("key", 3))
    async with log.subscribe(stream, GROUP, Failing()) as subscription:
        with pytest.raises(ConnectionError, match="the consumer's database"):
            await read(subscription, 3)
        assert len(await read(subscription, 3)) == 3


async def test_the_schema_can_be_made_again_and_at_once(address: str, stream: str) -> None:
    logs = [open_log(address) for _ in range(3)]
    async with asyncio.TaskGroup() as group:
        for log in logs:
            group.create_task(log.ensure_schema([stream]))
    assert len({await log.epoch(stream) for log in logs}) == 1
    await logs[0].append(stream, numbered("key", 1))
    await logs[1].ensure_schema([stream])
    assert sum((await logs[2].end_positions(stream)).values()) == 1
    for log in logs:
        await log.close()


async def test_a_stream_that_nobody_made_is_told(log: EventLog) -> None:
    with pytest.raises(UnknownStreamError):
        await log.append("nobody-made-this", numbered("key", 1))
    with pytest.raises(UnknownStreamError):
        await log.epoch("nobody-made-this")
    with pytest.raises(UnknownStreamError):
        await log.end_positions("nobody-made-this")
    async with log.subscribe("nobody-made-this", GROUP, InMemoryPositions()) as subscription:
        with pytest.raises(UnknownStreamError):
            await subscription.fetch(1, 1)


@pytest.mark.parametrize("nowhere", ["postgresql://u:p@127.0.0.1:9/log", "kafka://127.0.0.1:9"])
async def test_a_log_out_of_reach_is_unavailable(nowhere: str) -> None:
    log = open_log(nowhere)
    with pytest.raises(LogUnavailableError):
        await log.append("dossier", numbered("key", 1))
    with pytest.raises(LogUnavailableError):
        await log.end_positions("dossier")
    async with log.subscribe("dossier", GROUP, InMemoryPositions()) as subscription:
        with pytest.raises(LogUnavailableError):
            await subscription.fetch(1, 1)
    await log.close()


def test_an_address_of_another_kind_is_refused_without_its_password() -> None:
    with pytest.raises(ValueError, match="'amqp'") as refusal:
        open_log("amqp://user:secret@host")
    assert "secret" not in str(refusal.value)


def test_a_misspelt_setting_in_an_address_is_refused() -> None:
    with pytest.raises(ValueError, match="replicaton"):
        open_log("kafka://host:9092?replicaton=3")
