"""What happens to cases without anybody asking: calendar changes, online results."""

from datetime import date, timedelta

from services.processing_service.application import intents
from services.processing_service.application.acts import Asked
from shared.events.reference import ReferenceKind
from shared.legal_clock.calendar import CalendarDay, CalendarDefinition, DayKind
from shared.principal import Grant, Principal
from shared.schemas.lifecycle import Role
from tests.integration.processing_service.conftest import Service
from tests.support.acceptances import AGENCY, accepted_event, code_of
from tests.support.calendars import DEFINITION, at
from tests.support.processing_database import open_dossiers, publish, reference_event

NOW = at("2023-05-15 09:00")
APPROVER = Principal("dung", (Grant(Role.APPROVER, AGENCY),))


async def new_calendar(service: Service, definition: CalendarDefinition) -> None:
    await publish(
        service.container.engine,
        reference_event(ReferenceKind.CALENDAR, definition.version, definition),
    )
    await service.container.use_cases.reference.refresh()


def day_off(day: date, before: CalendarDefinition = DEFINITION) -> CalendarDefinition:
    return before.with_days(CalendarDay(date=day, kind=DayKind.SWAPPED_DAY_OFF, name="Nghỉ bù"))


async def test_a_newer_calendar_moves_open_cases_with_a_trail(service: Service) -> None:
    codes = [code_of(number, NOW) for number in range(450)]
    await open_dossiers(
        service.container.engine, [accepted_event(code, accepted_at=NOW) for code in codes[:449]]
    )
    undated = accepted_event(codes[449], accepted_at=NOW, days=None)
    await open_dossiers(service.container.engine, [undated])
    use_cases = service.container.use_cases
    await use_cases.acts.perform(Asked(codes[0], APPROVER, 2, None), intents.send_back("a_reason", "vì"))
    await new_calendar(service, day_off(date(2023, 5, 18)))
    looked_at = 0
    while batch := await use_cases.recompute():
        looked_at += batch
    assert looked_at == 449
    moved = await service.rows(
        "SELECT code, actor, data->>'appointment' AS due, data->>'previous_appointment' AS was,"
        " data->>'calendar_version' AS calendar FROM history WHERE type = 'appointment_moved'"
    )
    assert {row.code for row in moved} == set(codes[1:449])
    assert {tuple(row)[1:] for row in moved} == {("system", "2023-05-23", "2023-05-22", "2")}
    pending = await service.rows("SELECT count(*) FROM outbox_pending WHERE sequence = 3")
    assert pending == [(449,)]
    # Each of the three batches that found something is a trace.
    traced = "SELECT count(traceparent), count(DISTINCT traceparent) FROM history WHERE actor = 'system'"
    assert await service.rows(traced) == [(448, 3)]


async def test_a_calendar_that_changes_nothing_writes_nothing(service: Service) -> None:
    code = code_of(1, NOW)
    await open_dossiers(service.container.engine, [accepted_event(code, accepted_at=NOW)])
    await new_calendar(service, day_off(date(2023, 6, 1)))
    assert await service.container.use_cases.recompute() == 1
    assert await service.container.use_cases.recompute() == 0
    assert await service.rows("SELECT version, calendar_checked FROM case_file") == [(2, 2)]
    # It counts all the same from now on: a supplement that ends later is counted by it.
    acts = service.container.use_cases.acts
    officer = Principal("chi", (Grant(Role.SUPERVISOR, AGENCY),))
    asked = Asked(code, officer, 2, None)
    await acts.perform(asked, intents.request_supplement(["a"], None, "a_reason", "vì"))
    service.clock.set(at("2023-05-31"))
    asked = Asked(code, officer, 3, None)
    entry = await acts.perform(asked, intents.cancel_supplement_request("a_reason", "vì"))
    assert entry.data["calendar_version"] == 2
    assert entry.data["appointment"] == "2023-06-08"


async def test_a_promise_never_becomes_earlier(service: Service) -> None:
    code = code_of(1, NOW)
    await open_dossiers(service.container.engine, [accepted_event(code, accepted_at=NOW)])
    extra = CalendarDay(date=date(2023, 5, 20), kind=DayKind.MAKEUP_WORKING_DAY, name="Làm bù")
    await new_calendar(service, DEFINITION.with_days(extra))
    assert await service.container.use_cases.recompute() == 1
    assert await service.rows("SELECT state->>'due_on' FROM case_file") == [("2023-05-22",)]


async def test_a_case_that_is_opened_again_meets_the_calendar_it_missed(service: Service) -> None:
    code = code_of(1, NOW)
    await open_dossiers(service.container.engine, [accepted_event(code, accepted_at=NOW)])
    use_cases = service.container.use_cases
    await use_cases.acts.perform(Asked(code, APPROVER, 2, None), intents.send_back("a_reason", "vì"))
    await new_calendar(service, day_off(date(2023, 5, 18)))
    assert await use_cases.recompute() == 0
    await use_cases.acts.perform(Asked(code, APPROVER, 3, None), intents.undo_decision())
    assert await use_cases.recompute() == 1
    assert await service.rows("SELECT state->>'due_on' FROM case_file") == [("2023-05-23",)]


async def test_online_results_go_out_when_the_decision_stands(service: Service) -> None:
    online, counter, undone = (code_of(number, NOW) for number in range(3))
    await open_dossiers(
        service.container.engine,
        [
            accepted_event(code, accepted_at=NOW, has_result=False, return_by=means)
            for code, means in ((online, "online"), (counter, "counter"), (undone, "online"))
        ],
    )
    use_cases = service.container.use_cases
    for code in (online, counter, undone):
        await use_cases.acts.perform(Asked(code, APPROVER, 2, None), intents.resolve([]))
    await use_cases.acts.perform(Asked(undone, APPROVER, 3, None), intents.undo_decision())
    service.clock.set(NOW + timedelta(minutes=30))
    assert await use_cases.hand_over_online() == 0
    service.clock.set(NOW + timedelta(minutes=30, seconds=1))
    assert await use_cases.hand_over_online() == 1
    assert await use_cases.hand_over_online() == 0
    rows = await service.rows("SELECT code, status FROM case_file ORDER BY code")
    assert [row.status for row in rows] == ["handed_over", "resolved", "accepted"]
    (entry,) = await service.rows("SELECT actor, data->>'means' FROM history WHERE type = 'handed_over'")
    assert tuple(entry) == ("system", "online")
