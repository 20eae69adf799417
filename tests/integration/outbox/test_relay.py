"""The relay sends every committed event, those of a dossier in order, whatever happens to it."""

import asyncio
import random
from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.events.envelope import Envelope
from shared.log.port import DOSSIER_STREAM, REFERENCE_STREAM, EventLog
from shared.outbox.payloads import HistoryPayloads, ReferencePayloads
from shared.outbox.relay import Relay
from tests.support.backbone import MOMENT, code, eventually, rows, running, write_events
from tests.support.logs import read_all

SOURCE = "/intake"


def relay(engine: AsyncEngine, log: EventLog) -> Relay:
    return Relay(
        engine,
        log,
        {DOSSIER_STREAM: HistoryPayloads(SOURCE), REFERENCE_STREAM: ReferencePayloads(SOURCE)},
    )


async def drained(engine: AsyncEngine) -> bool:
    return not await rows(engine, "SELECT 1 FROM outbox_pending LIMIT 1")


async def sequences(log: EventLog) -> dict[str, list[int]]:
    """For each dossier what was sent, in the order of the log."""
    sent: dict[str, list[int]] = {}
    for event in await read_all(log, DOSSIER_STREAM):
        sent.setdefault(event.subject, []).append(event.sequence)
    return sent


def without_repetitions(sequences: Sequence[int]) -> list[int]:
    return list(dict.fromkeys(sequences))


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
