"""The relay sends every committed event, those of a dossier in order, whatever happens to it."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from typing import cast

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database import create_engine
from shared.events.envelope import Envelope
from shared.log.port import DOSSIER_STREAM, MAX_VALUE_BYTES, REFERENCE_STREAM, EventLog, LogUnavailableError
from shared.outbox.payloads import HistoryPayloads, ReferencePayloads
from shared.outbox.relay import Relay
from tests.support.backbone import MOMENT, code, dsn_of, end_sessions, eventually, rows, running, write_events
from tests.support.logs import Flawed, read_all

SOURCE = "/intake"


def relay(engine: AsyncEngine, log: EventLog) -> Relay:
    return Relay(
        engine,
        log,
        {DOSSIER_STREAM: HistoryPayloads(SOURCE), REFERENCE_STREAM: ReferencePayloads(SOURCE)},
    )


def flawed(
    log: EventLog, *, before: Callable[[], None] = lambda: None, after: Callable[[], None] = lambda: None
) -> EventLog:
    return cast(EventLog, Flawed(log, before=before, after=after))


async def drained(engine: AsyncEngine) -> bool:
    return not await rows(engine, "SELECT 1 FROM outbox_pending LIMIT 1")


async def sequences(log: EventLog) -> dict[str, list[int]]:
    """For each dossier what was sent, in the order of the log."""
    sent: dict[str, list[int]] = {}
    for event in await read_all(log, DOSSIER_STREAM):
        sent.setdefault(event.subject, []).append(event.sequence)
    return sent


async def test_an_event_travels_as_it_was_written(service: AsyncEngine, log: EventLog) -> None:
    async with service.begin() as connection:
        await write_events(connection, [(code(1), 1)], sealed="2023.c2VhbGVk", traceparent="00-aa-bb-01")

    async with running(relay(service, log).run):
        await eventually(lambda: drained(service))

    (event,) = await read_all(log, DOSSIER_STREAM)
    assert event == Envelope(
        id=f"{code(1)}/1",
        source="/intake",
        type="vn.motcua.dossier.started.v1",
        subject=code(1),
        time=MOMENT,
        sequence=1,
        traceparent="00-aa-bb-01",
        chain="0a0b",
        data={"action": "start", "sealed": "2023.c2VhbGVk"},
    )


async def test_reference_data_travels_on_its_own_stream(service: AsyncEngine, log: EventLog) -> None:
    async with service.begin() as connection:
        await connection.execute(
            text("INSERT INTO reference_version VALUES ('calendar', 'working', 1, '{\"version\": 1}', :at)"),
            {"at": MOMENT},
        )
        await connection.execute(
            text("INSERT INTO outbox_pending VALUES (3, 'reference', 'calendar/working', 1)")
        )

    async with running(relay(service, log).run):
        await eventually(lambda: drained(service))

    (event,) = await read_all(log, REFERENCE_STREAM)
    assert (event.type, event.subject, event.sequence, event.data) == (
        "vn.motcua.reference.calendar.v1", "calendar/working", 1, {"version": 1},
    )  # fmt: skip


async def test_a_woken_relay_does_not_wait_for_its_poll(
    service: AsyncEngine, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.outbox.relay._POLL_SECONDS", 60)
    sender = relay(service, log)
    async with running(sender.run):
        await asyncio.sleep(0.2)
        async with service.begin() as connection:
            await write_events(connection, [(code(1), 1)])
        sender.wake()
        await eventually(lambda: drained(service), seconds=5)
        sender.wake()


@pytest.mark.parametrize("relays", [1, 3])
async def test_no_late_commit_is_skipped(service: AsyncEngine, log: EventLog, relays: int) -> None:
    """200 transactions take their numbers in one order and commit in another."""
    chance = random.Random(6)  # noqa: S311 - the same disorder every time

    async def transact(number: int) -> None:
        async with service.begin() as connection:
            await write_events(connection, [(code(number), sequence) for sequence in (1, 2, 3)])
            await asyncio.sleep(chance.uniform(0, 0.5))

    async with asyncio.TaskGroup() as group:
        stop = asyncio.Event()
        senders = [group.create_task(relay(service, log).run(stop)) for _ in range(relays)]
        await asyncio.gather(*(transact(number) for number in range(200)))
        await eventually(lambda: drained(service))
        stop.set()

    assert all(sender.done() for sender in senders)
    assert await sequences(log) == {code(number): [1, 2, 3] for number in range(200)}


async def test_a_mark_over_numbers_would_skip_late_commits(service: AsyncEngine) -> None:
    """The negative control of the test above: what a relay that reads `id > last` makes of the same load."""
    chance = random.Random(6)  # noqa: S311 - the same disorder every time
    async with service.begin() as connection:
        await connection.execute(text("CREATE TABLE numbered (id bigserial PRIMARY KEY)"))
    seen: list[int] = []
    done = asyncio.Event()

    async def read_on() -> None:
        newer = text("SELECT id FROM numbered WHERE id > :last ORDER BY id")
        while not done.is_set():
            async with service.connect() as connection:
                seen.extend(await connection.scalars(newer, {"last": seen[-1] if seen else 0}))
            await asyncio.sleep(0.01)

    async def transact() -> None:
        async with service.begin() as connection:
            await connection.execute(text("INSERT INTO numbered DEFAULT VALUES"))
            await asyncio.sleep(chance.uniform(0, 0.5))

    async with asyncio.TaskGroup() as group:
        group.create_task(read_on())
        await asyncio.gather(*(transact() for _ in range(200)))
        await asyncio.sleep(0.1)
        done.set()

    assert await rows(service, "SELECT count(*) FROM numbered") == [(200,)]
    assert len(seen) < 200


class Killed(BaseException):
    """The process is gone: nothing it had planned is done."""


async def test_a_relay_that_dies_before_it_deletes_repeats_and_loses_nothing(
    service: AsyncEngine, log: EventLog
) -> None:
    def die() -> None:
        raise Killed

    async with service.begin() as connection:
        await write_events(connection, [(code(number), 1) for number in range(20)])
    with pytest.raises(Killed):
        await relay(service, flawed(log, after=die)).run(asyncio.Event())
    async with service.begin() as connection:
        await write_events(connection, [(code(number), 2) for number in range(20)])
    async with running(relay(service, log).run):
        await eventually(lambda: drained(service))

    assert await sequences(log) == {code(number): [1, 1, 2] for number in range(20)}


async def test_order_survives_relays_that_come_and_go(service: AsyncEngine, log: EventLog) -> None:
    """Eight relays live and die, some of them with their last batch sent and not deleted."""
    chance = random.Random(8)  # noqa: S311 - the same disorder every time

    def die_at_times() -> None:
        if chance.random() < 0.3:
            raise Killed

    async def write() -> None:
        for sequence in range(1, 11):
            for first in range(0, 100, 20):
                async with service.begin() as connection:
                    await write_events(connection, [(code(n), sequence) for n in range(first, first + 20)])
            await asyncio.sleep(0.1)

    async def live_and_die() -> None:
        with suppress(Killed):
            await relay(service, flawed(log, after=die_at_times)).run(asyncio.Event())

    short_lived = [asyncio.create_task(live_and_die()) for _ in range(8)]
    await write()
    async with running(relay(service, log).run), running(relay(service, log).run):
        await eventually(lambda: drained(service))
    for task in short_lived:
        task.cancel()
    await asyncio.gather(*short_lived, return_exceptions=True)

    sent = await sequences(log)
    assert {subject: list(dict.fromkeys(order)) for subject, order in sent.items()} == {
        code(number): list(range(1, 11)) for number in range(100)
    }


async def test_outages_of_log_and_database_are_waited_out(service: AsyncEngine, log: EventLog) -> None:
    chance = random.Random(9)  # noqa: S311 - the same disorder every time

    def fail_at_times() -> None:
        if chance.random() < 0.3:
            raise LogUnavailableError("tried out")

    cut = create_engine(dsn_of(service), application_name="cut")
    sender = relay(cut, flawed(log, before=fail_at_times, after=fail_at_times))
    async with running(sender.run):
        for sequence in range(1, 6):
            async with service.begin() as connection:
                await write_events(connection, [(code(number), sequence) for number in range(50)])
            await asyncio.sleep(0.1)
            await end_sessions(service, "cut")
        await eventually(lambda: drained(service))
    await cut.dispose()

    sent = await sequences(log)
    assert {subject: list(dict.fromkeys(order)) for subject, order in sent.items()} == {
        code(number): list(range(1, 6)) for number in range(50)
    }


async def test_what_cannot_be_sent_blocks_its_own_dossier_only(service: AsyncEngine, log: EventLog) -> None:
    async with service.begin() as connection:
        await write_events(connection, [(code(1), 1)], sealed="x" * MAX_VALUE_BYTES)
        await write_events(connection, [(code(1), 2), (code(2), 1), (code(3), 1)])
    async with running(relay(service, log).run):
        await eventually(lambda: sent_all_but_one(service))

    assert await sequences(log) == {code(2): [1], code(3): [1]}
    assert await rows(service, "SELECT subject, sequence FROM outbox_pending ORDER BY 2") == [
        (code(1), 1),
        (code(1), 2),
    ]


async def sent_all_but_one(engine: AsyncEngine) -> bool:
    return await rows(engine, "SELECT DISTINCT subject FROM outbox_pending") == [(code(1),)]


async def test_a_bug_stops_the_relay(service: AsyncEngine, log: EventLog) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    async with service.begin() as connection:
        await write_events(connection, [(code(1), 1)])
    with pytest.raises(ZeroDivisionError):
        await relay(service, flawed(log, before=fail)).run(asyncio.Event())
    assert not await drained(service)


async def test_relays_share_the_buckets(service: AsyncEngine, log: EventLog) -> None:
    async def shares() -> list[int]:
        counted = await rows(
            service,
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " GROUP BY pid ORDER BY 1",
        )
        return [count for (count,) in counted]

    async def is_shared_as(*expected: int) -> bool:
        return await shares() == list(expected)

    async with running(relay(service, log).run):
        await eventually(lambda: is_shared_as(16))
        async with running(relay(service, log).run), running(relay(service, log).run):
            await eventually(lambda: is_shared_as(5, 5, 6))
        await eventually(lambda: is_shared_as(16))
    await eventually(is_shared_as)
