"""What a consumer makes of its messages, whatever order and number they come in."""

import random
from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.consumer.runner import Consumer
from shared.events.envelope import SEQUENCE_HEADER, Envelope
from shared.log.partitioning import partition_of
from shared.log.port import DOSSIER_STREAM, PARTITIONS, REFERENCE_STREAM, EventLog, Record
from shared.log.postgres import PostgresLog
from tests.support.backbone import (
    Tally,
    caught_up,
    code,
    deliver,
    effects,
    event,
    eventually,
    held,
    rows,
    running,
)
from tests.support.postgres import FreshDatabase


def consumer(engine: AsyncEngine, log: EventLog, *reactions: Tally) -> Consumer:
    return Consumer(engine, log, reactions or [Tally()])


async def applied(engine: AsyncEngine, count: int) -> bool:
    return len(await rows(engine, "SELECT id FROM effect")) >= count


async def test_duplicates_and_disorder_change_nothing(service: AsyncEngine, log: EventLog) -> None:
    """Every event three times, shuffled inside a window."""
    chance = random.Random(7)  # noqa: S311 - the same disorder every time
    lives = [[event(code(number), sequence) for sequence in range(1, 9)] for number in range(60)]
    stream = [one for step in zip(*lives, strict=True) for one in step] * 3
    window = 100
    for start in range(0, len(stream), window):
        part = stream[start : start + window]
        chance.shuffle(part)
        stream[start : start + window] = part
    await deliver(log, *stream)

    async with running(consumer(service, log).run):
        await eventually(lambda: caught_up(service, log))

    assert await effects(service) == {code(number): list(range(1, 9)) for number in range(60)}
    assert await held(service) == []


async def test_reading_a_partition_again_changes_nothing(service: AsyncEngine, log: EventLog) -> None:
    """One partition at a time is put back to its beginning, as after a restore of the positions."""
    await deliver(log, *(event(code(number), sequence) for sequence in (1, 2) for number in range(60)))
    for again in (None, 3, 7, 12):
        async with service.begin() as connection:
            await connection.execute(
                text("UPDATE consumer_position SET next_position = 0 WHERE partition = :again"),
                {"again": again},
            )
        async with running(consumer(service, log).run):
            await eventually(lambda: caught_up(service, log))

        assert await effects(service) == {code(number): [1, 2] for number in range(60)}


async def test_an_event_that_comes_early_waits_for_its_predecessor(
    service: AsyncEngine, log: EventLog
) -> None:
    await deliver(log, event(code(1), 1), event(code(1), 3), event(code(2), 1))
    async with running(consumer(service, log).run):
        await eventually(lambda: caught_up(service, log))
        assert await effects(service) == {code(1): [1], code(2): [1]}
        assert await held(service) == [(code(1), 3, None)]

        await deliver(log, event(code(1), 2))
        await eventually(lambda: applied(service, 4))

    assert await effects(service) == {code(1): [1, 2, 3], code(2): [1]}
    assert await held(service) == []


async def test_an_event_waits_for_reference_data_and_for_nothing_else(
    service: AsyncEngine, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.consumer.runner._RETRY_SECONDS", 600)
    cases, catalogue = Tally("cases"), Catalogue()
    catalogue.known = cases.present
    await deliver(log, event(code(1), 1, needs="calendar/2"), event(code(1), 2), event(code(2), 1))
    async with running(consumer(service, log, cases, catalogue).run):
        await eventually(lambda: applied(service, 1))
        await eventually(lambda: caught_up(service, log))
        assert await held(service) == [(code(1), 1, "calendar/2"), (code(1), 2, None)]

        await deliver(log, event("calendar/2", 1), stream=REFERENCE_STREAM)
        await eventually(lambda: applied(service, 4))

    assert await effects(service) == {code(2): [1], "calendar/2": [1], code(1): [1, 2]}
    assert await held(service) == []


async def test_all_that_waits_is_released_however_much_it_is(
    service: AsyncEngine, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.consumer.runner._RETRY_PAGE", 3)
    cases, numbers = Tally("cases"), range(1, 41)
    await deliver(log, *(event(code(number), 1, needs="x") for number in numbers))
    async with running(consumer(service, log, cases).run):
        await eventually(lambda: caught_up(service, log))
        assert len(await held(service)) == 40
        cases.present.add("x")
        await eventually(lambda: applied(service, 40))

    assert await effects(service) == {code(number): [1] for number in numbers}


class Catalogue(Tally):
    """Takes reference data in."""

    known: set[str]

    def __init__(self) -> None:
        super().__init__("cases", REFERENCE_STREAM)

    async def apply(self, connection: AsyncConnection, events: Sequence[Envelope]) -> None:
        await super().apply(connection, events)
        self.known |= {one.subject for one in events}


async def test_a_bug_stops_the_consumer_and_changes_nothing(service: AsyncEngine, log: EventLog) -> None:
    class Broken(Tally):
        async def apply(self, connection: AsyncConnection, events: Sequence[Envelope]) -> None:
            await super().apply(connection, events)
            raise ZeroDivisionError

    await deliver(log, event(code(1), 1))
    with pytest.raises(ExceptionGroup) as raised:
        async with running(consumer(service, log, Broken()).run):
            await eventually(lambda: applied(service, 1))

    assert raised.group_contains(ZeroDivisionError)
    assert await rows(service, "SELECT sum(next_position) FROM consumer_position") == [(0,)]
    assert await effects(service) == {}


async def test_a_new_epoch_is_read_from_its_beginning(
    service: AsyncEngine, log: EventLog, fresh_database: FreshDatabase
) -> None:
    """The log was lost and filled again from the histories, in another order of dossiers."""
    await deliver(log, *(event(code(number), 1) for number in range(20)))
    async with running(consumer(service, log).run):
        await eventually(lambda: caught_up(service, log))

    anew = PostgresLog(fresh_database())
    await anew.ensure_schema()
    await deliver(
        anew, *(event(code(number), sequence) for number in reversed(range(20)) for sequence in (1, 2))
    )
    async with running(consumer(service, anew).run):
        await eventually(lambda: caught_up(service, anew))
    await anew.close()

    assert await effects(service) == {code(number): [1, 2] for number in range(20)}


async def test_a_partition_of_which_the_database_takes_nothing_keeps_no_other_waiting(
    service: AsyncEngine, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.consumer.runner._REFUSED_SECONDS", 0.05)
    refuse = """
        CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$
    """
    async with service.begin() as connection:
        await connection.execute(text(refuse))
        await connection.execute(
            text("CREATE TRIGGER no_room BEFORE INSERT ON parked_event EXECUTE FUNCTION no_room()")
        )
    poisoned = Record(code(1), b"no event", {SEQUENCE_HEADER: "1"})
    await log.append(DOSSIER_STREAM, [poisoned])
    await deliver(log, *(event(code(number), 1) for number in range(2, 40)))
    place = partition_of(code(1), PARTITIONS)
    beside = {code(n): [1] for n in range(2, 40) if partition_of(code(n), PARTITIONS) != place}

    async with running(consumer(service, log).run):
        await eventually(lambda: applied(service, len(beside)))
        assert await effects(service) == beside
        reached = dict(await rows(service, "SELECT partition, next_position FROM consumer_position"))
        assert reached[place] == 0

        async with service.begin() as connection:
            await connection.execute(text("DROP FUNCTION no_room CASCADE"))
        await eventually(lambda: caught_up(service, log))

    assert await effects(service) == {code(number): [1] for number in range(2, 40)}
    assert await rows(service, "SELECT subject FROM parked_event") == [(code(1),)]
