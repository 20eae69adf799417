"""What cannot be handled is put aside with what follows it, and a person decides about it."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.consumer.parking import ParkedEvent, drop, parked_events, replay
from shared.consumer.runner import Consumer
from shared.errors import NotFoundError, RuleViolationError, StateConflictError
from shared.log.port import DOSSIER_STREAM, EventLog, Record
from tests.support.backbone import (
    Tally,
    caught_up,
    code,
    deliver,
    effects,
    event,
    eventually,
    held,
    record,
    rows,
    running,
)

GROUP = "tally"


async def test_poison_holds_its_dossier_and_no_other(service: AsyncEngine, log: EventLog) -> None:
    await deliver(
        log,
        *(event(code(number), 1) for number in range(50)),
        event(code(7), 2, poison="unreadable"),
        event(code(7), 3),
        *(event(code(number), 2) for number in range(50) if number != 7),
        event(code(30), 3, poison="unreadable"),
    )
    async with running(Consumer(service, log, [Tally()]).run):
        await eventually(lambda: caught_up(service, log))

    assert await effects(service) == {code(n): [1] if n == 7 else [1, 2] for n in range(50)}
    assert await held(service) == [(code(7), 3, None)]
    assert await rows(service, "SELECT subject, sequence, error FROM parked_event ORDER BY 1") == [
        (code(7), 2, "poison"), (code(30), 3, "poison"),
    ]  # fmt: skip


@pytest.mark.parametrize("value", [b"", b"{", b"null", b"\xff", b'{"id": "x"}', b"[" * 5000])
async def test_what_is_no_event_is_parked_whole(service: AsyncEngine, log: EventLog, value: bytes) -> None:
    await log.append(DOSSIER_STREAM, [Record(code(1), value), record(event(code(2), 1))])
    async with running(Consumer(service, log, [Tally()]).run):
        await eventually(lambda: caught_up(service, log))

    assert await effects(service) == {code(2): [1]}
    assert await rows(service, "SELECT subject, sequence, raw FROM parked_event") == [(code(1), None, value)]


async def test_an_event_under_a_foreign_key_is_parked(service: AsyncEngine, log: EventLog) -> None:
    await log.append(DOSSIER_STREAM, [Record(code(1), event(code(2), 1).encode(), {"sequence": "4"})])
    async with running(Consumer(service, log, [Tally()]).run):
        await eventually(lambda: caught_up(service, log))

    assert await rows(service, "SELECT subject, sequence FROM parked_event") == [(code(1), 4)]


async def brief(engine: AsyncEngine) -> list[tuple[str, int | None, int]]:
    return [(one.subject, one.sequence, one.holds) for one in await parked_events(engine, GROUP)]


async def test_replay_drains_what_was_parked_and_what_waited(service: AsyncEngine, log: EventLog) -> None:
    reaction = Tally()
    await deliver(log, event(code(1), 1), event(code(1), 2, poison="x"), event(code(1), 3), event(code(1), 4))
    async with running(Consumer(service, log, [reaction]).run):
        await eventually(lambda: caught_up(service, log))
        assert await brief(service) == [(code(1), 2, 2)]

        assert await replay(service, GROUP, code(1)) == 1
        await eventually(lambda: parked_again(service))
        assert await effects(service) == {code(1): [1]}

        reaction.cured = True
        assert await replay(service, GROUP, code(1)) == 1
        await eventually(lambda: all_applied(service, 4))

    assert await effects(service) == {code(1): [1, 2, 3, 4]}
    assert await held(service) == []
    assert await brief(service) == []


async def parked_again(engine: AsyncEngine) -> bool:
    return await brief(engine) == [(code(1), 2, 2)]


async def all_applied(engine: AsyncEngine, count: int) -> bool:
    return len(await rows(engine, "SELECT id FROM effect")) == count


async def test_replay_leaves_what_still_cannot_be_read(service: AsyncEngine, log: EventLog) -> None:
    await log.append(DOSSIER_STREAM, [Record(code(1), b"{", {"sequence": "1"})])
    async with running(Consumer(service, log, [Tally()]).run):
        await eventually(lambda: caught_up(service, log))

    assert await replay(service, GROUP, code(1)) == 0
    assert await brief(service) == [(code(1), 1, 0)]


async def test_a_dropped_event_is_skipped_and_remembered(service: AsyncEngine, log: EventLog) -> None:
    await log.append(DOSSIER_STREAM, [Record(code(1), b"{", {"sequence": "1"})])
    await deliver(log, event(code(1), 2), event(code(1), 3))
    async with running(Consumer(service, log, [Tally()]).run):
        await eventually(lambda: caught_up(service, log))
        assert await drop(service, GROUP, code(1), because="lost with the old disk") == 1
        await eventually(lambda: all_applied(service, 2))

    assert await effects(service) == {code(1): [2, 3]}
    assert await brief(service) == []
    (dropped,) = await parked_events(service, GROUP, dropped=True)
    assert isinstance(dropped, ParkedEvent)
    assert (dropped.sequence, dropped.dropped_because) == (1, "lost with the old disk")


async def test_an_event_dropped_before_its_successor_came_holds_nothing(
    service: AsyncEngine, log: EventLog
) -> None:
    await deliver(log, event(code(1), 1, poison="x"))
    async with running(Consumer(service, log, [Tally()]).run):
        await eventually(lambda: caught_up(service, log))
        assert await drop(service, GROUP, code(1), because="tested") == 1
        await deliver(log, event(code(1), 2))
        await eventually(lambda: all_applied(service, 1))

    assert await effects(service) == {code(1): [2]}


async def test_events_are_dropped_in_order(service: AsyncEngine, log: EventLog) -> None:
    await log.append(DOSSIER_STREAM, [Record(code(1), b"{", {"sequence": "2"})])
    async with running(Consumer(service, log, [Tally()]).run):
        await eventually(lambda: caught_up(service, log))

    with pytest.raises(StateConflictError, match="before event 1"):
        await drop(service, GROUP, code(1), because="tested")
    assert await brief(service) == [(code(1), 2, 0)]


async def test_a_drop_needs_a_reason_and_something_parked(service: AsyncEngine) -> None:
    with pytest.raises(RuleViolationError):
        await drop(service, GROUP, code(1), because=" ")
    with pytest.raises(NotFoundError):
        await drop(service, GROUP, code(1), because="tested")
    with pytest.raises(NotFoundError):
        await replay(service, GROUP, code(1))
