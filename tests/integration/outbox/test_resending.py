"""A log that took the place of another one tells everything again, and nobody does anything twice."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.consumer.runner import Consumer
from shared.log.port import DOSSIER_STREAM, REFERENCE_STREAM, EventLog
from shared.outbox.payloads import HistoryPayloads, ReferencePayloads
from shared.outbox.relay import Relay
from shared.outbox.resending import resend
from tests.support.backbone import (
    MOMENT,
    Tally,
    caught_up,
    code,
    effects,
    eventually,
    rows,
    running,
    write_events,
)
from tests.support.logs import read_all
from tests.support.memory_log import MemoryLog

HISTORY, REFERENCE = HistoryPayloads("/intake"), ReferencePayloads("/intake")


async def send(service: AsyncEngine, log: EventLog) -> None:
    async def sent() -> bool:
        return not await rows(service, "SELECT 1 FROM outbox_pending LIMIT 1")

    async with running(Relay(service, log, {DOSSIER_STREAM: HISTORY, REFERENCE_STREAM: REFERENCE}).run):
        await eventually(sent)


async def test_a_new_log_tells_everything_and_what_was_under_way_arrives(
    service: AsyncEngine, log: EventLog
) -> None:
    lost = MemoryLog("lost")
    events = [(code(number), sequence) for number in range(20) for sequence in (1, 2, 3)]
    async with service.begin() as connection:
        await write_events(connection, events[:40])
    await send(service, log)
    async with running(Consumer(service, log, [Tally()]).run):
        await eventually(lambda: caught_up(service, log))
    async with service.begin() as connection:
        await write_events(connection, events[40:])
    await send(service, lost)  # nobody has read it when it is lost

    assert await resend(service, DOSSIER_STREAM, dry_run=True) == len(events)
    assert await rows(service, "SELECT 1 FROM outbox_pending") == []
    assert await resend(service, DOSSIER_STREAM) == len(events)
    assert await resend(service, DOSSIER_STREAM) == len(events)  # once more does not matter
    await send(service, log)
    async with running(Consumer(service, log, [Tally()]).run):
        await eventually(lambda: caught_up(service, log))

    assert await effects(service) == {code(number): [1, 2, 3] for number in range(20)}
    told = [(one.subject, one.sequence) for one in await read_all(log, DOSSIER_STREAM)]
    assert sorted(told) == sorted([*events[:40], *events])


async def test_what_waits_in_its_bucket_is_not_put_beside_it(service: AsyncEngine) -> None:
    async with service.begin() as connection:
        await write_events(connection, [(code(number), 1) for number in range(50)])
    pending = "SELECT bucket, stream, subject, sequence FROM outbox_pending ORDER BY subject"
    before = await rows(service, pending)
    await resend(service, DOSSIER_STREAM)
    assert await rows(service, pending) == before


async def test_reference_data_is_sent_again_in_every_version(service: AsyncEngine, log: EventLog) -> None:
    async with service.begin() as connection:
        for version in (1, 2):
            await connection.execute(
                text("INSERT INTO reference_version VALUES ('calendar', 'vn', :version, '{}', :at)"),
                {"version": version, "at": MOMENT},
            )
    assert await resend(service, REFERENCE_STREAM) == 2
    await send(service, log)
    told = [(one.subject, one.sequence) for one in await read_all(log, REFERENCE_STREAM)]
    assert told == [("calendar/vn", 1), ("calendar/vn", 2)]
