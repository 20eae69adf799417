"""A watermark never overtakes an event, however slow its writer is and whoever else is under way."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.clock import Clock, SystemClock
from shared.database import create_engine
from shared.errors import StaleVersionError
from shared.events.dossier import Started
from shared.events.envelope import Envelope
from shared.history import ChainHead, append
from shared.journal import writer as journal_writer
from shared.journal.writer import JournalWriter, MomentPassedError, Write
from shared.log.port import DOSSIER_STREAM, PARTITIONS, EventLog, LogUnavailableError
from shared.outbox import watermarks
from shared.outbox.payloads import HistoryPayloads
from shared.outbox.relay import Relay
from shared.outbox.watermarks import Watermarks, due_at
from shared.schemas.lifecycle import Action, DossierStatus, Role
from tests.integration.outbox.test_relay import flawed
from tests.support.backbone import code, dsn_of, eventually, journal, rows, running
from tests.support.logs import read_messages

SOURCE = "/intake"
NINE = datetime(2023, 5, 15, 2, tzinfo=UTC)
"""In Vietnam."""
MINUTE = timedelta(minutes=1)


class HandClock:
    """Stands wherever it is put."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


class RacingClock:
    """A minute of business time goes by in a hundredth of a second."""

    def now(self) -> datetime:
        return NINE + asyncio.get_running_loop().time() * 6000 * timedelta(seconds=1)


def write_of(number: int, at: datetime, after: ChainHead | None = None) -> Write:
    """The first entry of a dossier, or the one that follows."""
    started = Started(
        action=Action.START,
        role=Role.CASE_OFFICER,
        acting_agency=None,
        acting_channel="counter",
        status_before=DossierStatus.ACCEPTED,
        status_after=DossierStatus.PROCESSING,
    )
    entry = append(code(number), after, started, occurred_at=at, actor="officer", reason=None, salt=b"")
    row = {"code": entry.code, "version": entry.sequence, "head_hash": "\\x" + entry.hash.hex()}
    return Write(row=row, entries=[entry])


def writer(engine: AsyncEngine) -> JournalWriter:
    return JournalWriter(engine, journal(MetaData()))


def sender(engine: AsyncEngine, log: EventLog, clock: Clock) -> Watermarks:
    return Watermarks(engine, log, SOURCE, clock)


def relay(engine: AsyncEngine, log: EventLog) -> Relay:
    return Relay(engine, log, {DOSSIER_STREAM: HistoryPayloads(SOURCE)})


async def partitions(log: EventLog) -> Mapping[int, list[Envelope]]:
    lying: dict[int, list[Envelope]] = {number: [] for number in range(PARTITIONS)}
    for message in await read_messages(log, DOSSIER_STREAM):
        lying[message.partition].append(Envelope.decode(message.value))
    return lying


async def overtaken(log: EventLog) -> list[str]:
    """The events that come for the first time behind a watermark that says that they have come."""
    found = []
    for events in (await partitions(log)).values():
        known, told = datetime.min.replace(tzinfo=UTC), set()
        for event in events:
            if mark := event.watermark():
                known = max(known, mark.up_to)
            elif event.id not in told and event.time < known:
                found.append(event.id)
            told.add(event.id)
    return found


async def seen(log: EventLog) -> list[tuple[int, datetime]]:
    """Number and moment of the watermarks, each of which must lie in every partition."""
    marks = [
        [(event.sequence, mark.up_to) for event in events if (mark := event.watermark())]
        for events in (await partitions(log)).values()
    ]
    assert all(of_one == marks[0] for of_one in marks)
    return marks[0]


async def sent(marks: Watermarks) -> bool:
    return await marks.send_due()


@asynccontextmanager
async def locked(engine: AsyncEngine, lock: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Somebody who keeps writers waiting, until the function that is given ends it."""
    async with engine.connect() as connection:
        await connection.execute(text(lock))
        yield connection.rollback


async def waits(engine: AsyncEngine) -> None:
    """Until a write statement waits for a lock."""

    async def holds() -> bool:
        waiting = (
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ '^\\s*WITH given'"
        )
        return await rows(engine, waiting) == [(1,)]

    await eventually(holds)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("09:00:59", "08:45"),
        ("09:01:00", "09:00"),
        ("09:15:59", "09:00"),
        ("09:16:00", "09:15"),
        ("00:01:00", "00:00"),
        ("00:00:30", "23:45"),
    ],
)
def test_a_watermark_is_due_every_quarter_of_an_hour(now: str, due: str) -> None:
    moment = datetime.fromisoformat(f"2023-05-15T{now}+07:00")
    expected = datetime.fromisoformat(f"2023-05-15T{due}+07:00")
    assert due_at(moment) == (expected if expected < moment else expected - timedelta(days=1))


async def test_it_lies_behind_every_event_of_every_partition(
    service: AsyncEngine, either_log: EventLog
) -> None:
    clock = HandClock(NINE)
    marks = sender(service, either_log, clock)
    async with running(relay(service, either_log).run):
        await writer(service).commit_all([write_of(number, NINE) for number in range(200)])
        clock.moment += 20 * MINUTE
        await eventually(lambda: sent(marks))
    for events in (await partitions(either_log)).values():
        assert [bool(event.watermark()) for event in events] == [False] * (len(events) - 1) + [True]
    assert await seen(either_log) == [(1, NINE + 15 * MINUTE)]
    event = (await partitions(either_log))[3][-1]
    assert (event.source, event.sequence, event.time) == (SOURCE, 1, NINE + 15 * MINUTE)
    assert event.data["partition"] == 3


async def test_it_is_sent_only_when_time_has_moved(service: AsyncEngine, log: EventLog) -> None:
    clock = HandClock(NINE)
    marks = sender(service, log, clock)
    for minutes in (0, 0, 5, 9, 1, 15, 60 * 24):
        clock.moment += minutes * MINUTE
        assert await marks.send_due()
        assert await sender(service, log, clock).send_due()
    assert await seen(log) == [
        (1, NINE - 15 * MINUTE),
        (2, NINE),
        (3, NINE + 15 * MINUTE),
        (4, NINE + 15 * MINUTE + timedelta(days=1)),
    ]


async def test_it_waits_for_what_is_not_sent_yet(service: AsyncEngine, log: EventLog) -> None:
    await writer(service).commit(write_of(1, NINE))
    sending = asyncio.create_task(sender(service, log, HandClock(NINE + 20 * MINUTE)).send_due())
    await asyncio.sleep(0.3)
    assert not sending.done()
    async with running(relay(service, log).run):
        assert await sending
    assert await overtaken(log) == []


async def test_what_cannot_be_sent_holds_it_back(
    service: AsyncEngine, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watermarks, "_PATIENCE_SECONDS", 0.2)
    await writer(service).commit(write_of(1, NINE))
    async with service.begin() as connection:
        await connection.execute(text("DELETE FROM history"))
    async with running(relay(service, log).run):
        assert not await sender(service, log, HandClock(NINE + 20 * MINUTE)).send_due()
    assert await seen(log) == []


async def race(service: AsyncEngine, log: EventLog, lock: str, plan: str = "auto") -> BaseException | None:
    """A write of an old moment is held open while a watermark of a later one is asked for."""
    office = create_engine(dsn_of(service), application_name="office", connections=1)
    async with office.begin() as connection:
        await connection.execute(text(f"SET plan_cache_mode = {plan}"))
    first = write_of(1, NINE)
    await writer(office).commit(first)
    slow = write_of(1, NINE + MINUTE, first.entries[0].head)
    async with running(relay(service, log).run), locked(service, lock) as let_go:
        committing = asyncio.create_task(writer(office).commit(slow))
        await waits(service)
        sending = asyncio.create_task(sender(service, log, HandClock(NINE + 20 * MINUTE)).send_due())
        await eventually(lambda: promised(service))
        await asyncio.sleep(0.3)
        await let_go()
        (outcome,) = await asyncio.gather(committing, return_exceptions=True)
        assert await sending
        await eventually(lambda: drained(service))
    await office.dispose()
    return outcome


async def promised(engine: AsyncEngine) -> bool:
    return bool(await rows(engine, "SELECT up_to FROM watermark"))


async def drained(engine: AsyncEngine) -> bool:
    return not await rows(engine, "SELECT 1 FROM outbox_pending")


async def test_it_waits_for_a_write_that_is_under_way(service: AsyncEngine, log: EventLog) -> None:
    assert await race(service, log, "SELECT FROM dossier FOR UPDATE") is None
    assert await overtaken(log) == []
    assert len(await rows(service, "SELECT 1 FROM history")) == 2


async def test_it_would_overtake_a_writer_that_it_did_not_wait_for(
    service: AsyncEngine, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test above."""
    monkeypatch.setattr(watermarks, "_WRITERS", text("SELECT 1 WHERE false"))
    assert await race(service, log, "SELECT FROM dossier FOR UPDATE") is None
    assert await overtaken(log) == [f"{code(1)}/2"]


@pytest.mark.parametrize("plan", ["force_custom_plan", "force_generic_plan"])
async def test_a_write_that_has_not_begun_sees_the_promise(
    service: AsyncEngine, log: EventLog, plan: str
) -> None:
    """It has sent its statement; what it waits for comes before it looks at anything."""
    outcome = await race(service, log, "LOCK TABLE history IN SHARE MODE", plan)
    assert isinstance(outcome, MomentPassedError)
    assert await overtaken(log) == []
    assert len(await rows(service, "SELECT 1 FROM history")) == 1


async def test_what_was_decided_before_the_promise_is_refused_and_nothing_else(
    service: AsyncEngine, log: EventLog
) -> None:
    clock = HandClock(NINE + 20 * MINUTE)
    await writer(service).commit(write_of(1, NINE))
    async with running(relay(service, log).run):
        await eventually(lambda: sent(sender(service, log, clock)))
        edge = NINE + 15 * MINUTE
        outcomes = await writer(service).commit_all(
            [
                write_of(2, edge - timedelta(microseconds=1)),
                write_of(3, edge),
                write_of(4, NINE),
                write_of(5, NINE + 20 * MINUTE),
                write_of(6, edge, ChainHead(1, b"")),
            ]
        )
        await eventually(lambda: drained(service))
    assert [type(outcome) for outcome in outcomes] == [
        MomentPassedError, type(None), MomentPassedError, type(None), StaleVersionError,
    ]  # fmt: skip
    assert await rows(service, "SELECT code FROM history ORDER BY 1") == [(code(n),) for n in (1, 3, 5)]
    assert await overtaken(log) == []


@pytest.mark.parametrize("seconds", [-90, 90, 86_400])
async def test_a_machine_whose_clock_is_off_writes_nothing_and_promises_nothing(
    service: AsyncEngine, log: EventLog, seconds: int
) -> None:
    late = HandClock(SystemClock().now() + timedelta(seconds=seconds))
    office = JournalWriter(service, journal(MetaData()), late)
    with pytest.raises(MomentPassedError):
        await office.commit(write_of(1, NINE))
    assert not await sent(Watermarks(service, log, SOURCE, HandClock(NINE), late))

    assert await rows(service, "SELECT code FROM history UNION ALL SELECT subject FROM outbox_pending") == []
    assert not await promised(service)
    late.moment = SystemClock().now() + timedelta(seconds=30)
    await office.commit(write_of(1, NINE))


async def test_no_event_is_overtaken_in_a_crowd(service: AsyncEngine, log: EventLog) -> None:
    """Writers read the clock and take their time, while one watermark follows the other."""
    refused = await crowd(service, log)
    assert refused > 0
    numbers = [number for number, _ in await seen(log)]
    assert numbers == list(range(1, len(numbers) + 1))  # two send them, and none twice
    assert len(numbers) >= 5
    assert await overtaken(log) == []


async def test_without_a_guard_many_would_be_overtaken(
    service: AsyncEngine, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test above."""
    guarded = journal_writer._statement
    monkeypatch.setattr(
        journal_writer,
        "_statement",
        lambda dossier: guarded(dossier).replace("moment <", "false AND moment <"),
    )
    assert await crowd(service, log) == 0
    assert len(await overtaken(log)) > 10


async def crowd(service: AsyncEngine, log: EventLog) -> int:
    """How many of a crowd's writes were refused."""
    chance = random.Random(11)  # noqa: S311 - the same disorder every time
    clock = RacingClock()
    offices = [writer(service) for _ in range(4)]
    numbers = count()
    refused = 0
    stop = asyncio.Event()

    async def decide() -> None:
        nonlocal refused
        while not stop.is_set():
            at = clock.now()
            await asyncio.sleep(chance.uniform(0, 0.4))
            try:
                await chance.choice(offices).commit(write_of(next(numbers), at))
            except MomentPassedError:
                refused += 1

    async def announce() -> None:
        marks = sender(service, log, clock)
        while not stop.is_set():
            await marks.send_due()

    async def enough() -> bool:
        return await rows(service, "SELECT 1 FROM watermark WHERE number > 5") == [(1,)]

    async with running(relay(service, log).run), running(relay(service, log).run):
        async with asyncio.TaskGroup() as group:
            for _ in range(40):
                group.create_task(decide())
            for _ in range(2):
                group.create_task(announce())
            await eventually(enough, seconds=60)
            stop.set()
        await eventually(lambda: drained(service))

    assert len(await rows(service, "SELECT 1 FROM history")) > 100
    return refused


async def test_one_that_failed_on_its_way_is_sent_again_as_it_was(
    service: AsyncEngine, log: EventLog
) -> None:
    clock = HandClock(NINE)
    failures = iter([True, True, False, False])

    def fail_at_first() -> None:
        if next(failures):
            raise LogUnavailableError("tried out")

    with pytest.raises(LogUnavailableError):
        await sender(service, flawed(log, before=fail_at_first), clock).send_due()
    with pytest.raises(LogUnavailableError):
        await sender(service, flawed(log, after=fail_at_first), clock).send_due()
    clock.moment += timedelta(hours=1)
    marks = sender(service, flawed(log, after=fail_at_first), clock)
    assert not await marks.send_due()
    assert await marks.send_due()
    assert await seen(log) == [
        (1, NINE - 15 * MINUTE), (1, NINE - 15 * MINUTE), (2, NINE + 45 * MINUTE)
    ]  # fmt: skip
