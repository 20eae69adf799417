"""What is special to the log in PostgreSQL."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import asyncpg
import pytest

from shared.log import postgres
from shared.log.partitioning import partition_of
from shared.log.port import PARTITIONS, LogUnavailableError, Record
from shared.log.postgres import PostgresLog
from shared.log.postgres_member import channel_of
from tests.contract.log.reading import PATIENCE_SECONDS, numbered, read
from tests.support.positions import InMemoryPositions
from tests.support.postgres import FreshDatabase

GROUP = "readers"
STREAM = "dossier"


@pytest.fixture
def dsn(fresh_database: FreshDatabase) -> str:
    return fresh_database()


@pytest.fixture
async def log(dsn: str) -> AsyncIterator[PostgresLog]:
    opened = PostgresLog(dsn)
    await opened.ensure_schema()
    yield opened
    await opened.close()


@pytest.fixture
async def admin(dsn: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()


async def test_an_identity_column_would_lose_a_late_commit(
    dsn: str, admin: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """The control: what the log would do if it took positions from a sequence."""
    await admin.execute("create table naive (id bigint generated always as identity, value text)")
    late = await asyncpg.connect(dsn)
    transaction = late.transaction()
    await transaction.start()
    await late.execute("insert into naive (value) values ('late')")
    await admin.execute("insert into naive (value) values ('early')")

    first = await admin.fetch("select * from naive where id > 0 order by id")
    await transaction.commit()
    rest = await admin.fetch("select * from naive where id > $1 order by id", first[-1]["id"])
    await late.close()

    assert [row["value"] for row in [*first, *rest]] == ["early"]


async def test_an_append_waits_for_the_one_before_it_in_the_partition(log: PostgresLog, dsn: str) -> None:
    late = await asyncpg.connect(dsn)
    transaction = late.transaction()
    await transaction.start()
    partition = partition_of("key", PARTITIONS)
    await late.fetch(postgres._APPEND, STREAM, [partition], ["key"], [b"late"], ["{}"], channel_of(STREAM))

    async with log.subscribe(STREAM, GROUP, InMemoryPositions()) as subscription:
        other = asyncio.create_task(log.append(STREAM, [Record("key", b"early")]))
        await log.append(STREAM, [Record("in another partition", b"free")])
        assert [message.value for message in await read(subscription, 1)] == [b"free"]
        assert not other.done()
        await transaction.commit()
        await other
        assert [message.value for message in await read(subscription, 2)] == [b"late", b"early"]
    await late.close()


async def test_a_member_that_lost_its_session_joins_anew(
    log: PostgresLog, admin: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    positions = InMemoryPositions()
    await log.append(STREAM, numbered("key", 10))
    async with log.subscribe(STREAM, GROUP, positions) as subscription:
        messages = await read(subscription, 6)
        positions.commit(GROUP, await log.epoch(STREAM), messages[2])
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and application_name = $1",
            f"motcua {GROUP}",
        )
        with pytest.raises(LogUnavailableError):
            await subscription.fetch(10, 1)
        assert await subscription.owned() == frozenset()
        assert [int(message.value) for message in await read(subscription, 7)] == list(range(3, 10))


async def test_what_a_hung_member_had_goes_to_the_other(dsn: str, log: PostgresLog) -> None:
    hasty = PostgresLog(dsn, member_timeout_seconds=1)
    async with (
        hasty.subscribe(STREAM, GROUP, InMemoryPositions()) as hangs,
        log.subscribe(STREAM, GROUP, InMemoryPositions()) as works,
    ):
        await hangs.fetch(1, 0)
        assert len(await hangs.owned()) == PARTITIONS
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(await works.owned()) < PARTITIONS:
                await works.fetch(1, 0.1)
        with pytest.raises(LogUnavailableError):
            await hangs.fetch(1, 0)


async def append_until_it_is_in(log: PostgresLog, records: list[Record]) -> int:
    """How many tries failed before."""
    for failures in itertools.count():
        try:
            await log.append(STREAM, records)
        except LogUnavailableError:
            continue
        return failures
    raise AssertionError


async def kill_appending_sessions(admin: "asyncpg.Connection[asyncpg.Record]", enough: asyncio.Event) -> None:
    for milliseconds in itertools.cycle((5, 23, 11, 29, 17)):
        if enough.is_set():
            return
        await asyncio.sleep(milliseconds / 1000)
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and application_name = 'motcua log' and state = 'active'"
        )


async def test_appenders_whose_sessions_are_killed_lose_nothing_and_leave_no_gap(
    dsn: str, log: PostgresLog, admin: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    async def append(appender: int) -> int:
        own = PostgresLog(dsn, connections=1)
        failures = 0
        for number in range(80):
            batch = [Record(f"{appender}-{key}", str(number).encode()) for key in range(20)]
            failures += await append_until_it_is_in(own, batch)
        await own.close()
        return failures

    enough = asyncio.Event()
    killing = asyncio.create_task(kill_appending_sessions(admin, enough))
    failures = await asyncio.gather(*(append(appender) for appender in range(4)))
    enough.set()
    await killing

    assert sum(failures) > 0, "no append was interrupted: the test showed nothing"
    ends = await log.end_positions(STREAM)
    async with log.subscribe(STREAM, GROUP, InMemoryPositions()) as subscription:
        messages = await read(subscription, sum(ends.values()))
    for key in {message.key for message in messages}:
        numbers = [int(message.value) for message in messages if message.key == key]
        # A batch that was stored although its appender heard of a failure is there again, as a whole.
        assert numbers == sorted(numbers)
        assert set(numbers) == set(range(80))
    for partition, end in ends.items():
        assert [m.position for m in messages if m.partition == partition] == list(range(end))


async def test_a_log_in_a_new_database_has_another_epoch(
    log: PostgresLog, fresh_database: FreshDatabase
) -> None:
    anew = PostgresLog(fresh_database())
    await anew.ensure_schema()
    assert await anew.epoch(STREAM) != await log.epoch(STREAM)
    await anew.close()
