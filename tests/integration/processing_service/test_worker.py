"""The worker: what intake sends becomes a case, and what processing writes goes out in order."""

import asyncio
from datetime import date
from itertools import count

from services.processing_service import worker
from services.processing_service.application import intents
from services.processing_service.application.acts import Asked
from shared.events.envelope import SEQUENCE_HEADER, Envelope
from shared.events.reference import ReferenceKind
from shared.legal_clock.calendar import CalendarDay, DayKind
from shared.log.address import open_log
from shared.log.port import DOSSIER_STREAM, REFERENCE_STREAM, EventLog, Record
from shared.principal import Grant, Principal
from shared.schemas.lifecycle import Role
from tests.integration.processing_service.conftest import Service
from tests.support.acceptances import AGENCY, accepted_event, code_of
from tests.support.calendars import DEFINITION, at
from tests.support.processing_database import reference_event

NOW = at("2023-05-15 09:00")
CODE = code_of(1, NOW)


async def send(log: EventLog, stream: str, *events: Envelope) -> None:
    records = [Record(e.subject, e.encode(), {SEQUENCE_HEADER: str(e.sequence)}) for e in events]
    await log.append(stream, records)


async def until(service: Service, query: str, expected: object) -> None:
    """Looks again and again: what the worker commits tells nobody here."""
    async with asyncio.timeout(20):
        for _ in count():
            if (await service.rows(query, code=CODE))[0][0] == expected:
                return
            await asyncio.sleep(0.05)


async def test_from_the_log_to_the_log(service: Service) -> None:
    log = open_log(service.settings.log_url.get_secret_value())
    await log.ensure_schema()
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(service.settings, stop))
    day = CalendarDay(date=date(2023, 5, 18), kind=DayKind.SWAPPED_DAY_OFF, name="Nghỉ bù")
    newer = DEFINITION.with_days(day)
    accepted = accepted_event(CODE, accepted_at=NOW, sequence=1)
    # Computed with a calendar that is not here yet: the case waits for it.
    held = accepted_event(code_of(2, NOW), accepted_at=NOW, sequence=1)
    held = held.model_copy(update={"data": {**held.data, "calendar_version": 2}})
    await send(log, DOSSIER_STREAM, accepted, held)
    await until(service, "SELECT count(*) FROM case_file", 1)
    assert await service.rows("SELECT subject, waits_for FROM held_event") == [(held.subject, "calendar/2")]
    calendars = [
        reference_event(ReferenceKind.CALENDAR, 1, DEFINITION),
        reference_event(ReferenceKind.CALENDAR, 2, newer),
    ]
    await send(log, REFERENCE_STREAM, *calendars)
    await until(service, "SELECT count(*) FROM case_file", 2)
    # The one that was computed with the older calendar moves, the other does not.
    await until(
        service,
        "SELECT state->>'due_on' FROM case_file WHERE code = :code",
        "2023-05-23",
    )
    officer = Principal("chi", (Grant(Role.CASE_OFFICER, AGENCY),))
    asked = Asked(CODE, officer, 2, None)
    await service.container.use_cases.acts.perform(asked, intents.start())
    await until(service, "SELECT count(*) FROM outbox_pending", 0)
    await until(
        service,
        "SELECT last_sequence FROM consumed WHERE subject = :code",
        3,
    )
    stop.set()
    await running
    await log.close()
    rows = await service.rows("SELECT code, status, version FROM case_file ORDER BY code")
    assert [tuple(row) for row in rows] == [(CODE, "processing", 3), (code_of(2, NOW), "accepted", 1)]
    assert await service.rows("SELECT count(*) FROM held_event") == [(0,)]
