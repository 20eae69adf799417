"""What waits for the applicant do to the appointment of record, and what it takes to end them."""

from datetime import date

import pytest

from services.processing_service.application import intents
from services.processing_service.application.intents import Intent
from services.processing_service.domain.payments import FeeItem
from shared.errors import RuleViolationError
from shared.events.dossier import (
    AppointmentMoved,
    ComponentCopy,
    Paid,
    PaymentRequested,
    SupplementCancelled,
    SupplementProvided,
    SupplementRequested,
)
from shared.legal_clock.calendar import CalendarDay, DayKind
from shared.schemas.lifecycle import Role
from tests.support.calendars import DEFINITION, at
from tests.support.cases import Life, accepted, digest_of

WHY = ("for_the_test", "Vì bài kiểm tra")
ASK = intents.request_supplement(["giấy phép"], None, *WHY)
FEE = intents.request_payment([FeeItem(name="lệ phí", amount=50_000), FeeItem(name="phí", amount=1)])


def give(*components: str, digest: str | None = None) -> Intent:
    return intents.provide_supplement(
        [ComponentCopy(component=component, digest=digest) for component in components]
    )


def pay(amount: int = 50_001, effective_at: str | None = None) -> Intent:
    return intents.confirm_payment(amount, "BL-1", at(effective_at) if effective_at else None)


@pytest.mark.parametrize(("policy", "due"), [("resume", date(2023, 5, 29)), ("restart", date(2023, 5, 31))])
def test_a_supplement_moves_the_appointment(policy: str, due: date) -> None:
    life = accepted(pause_policy=policy)
    assert life.case.due_on == date(2023, 5, 22)
    life.at("2023-05-17").does(Role.CASE_OFFICER, ASK)
    assert (life.case.overdue_after, life.case.due_on) == (None, date(2023, 5, 22))
    life.at("2023-05-24").does(Role.CITIZEN, give("giấy phép"))
    event = life.events[-1]
    assert isinstance(event, SupplementProvided)
    assert (event.previous_appointment, event.appointment) == (date(2023, 5, 22), due)
    assert (life.case.due_on, life.case.overdue_after, life.case.open_pause) == (due, due, None)


def test_a_pause_asked_for_after_the_appointment_moves_nothing() -> None:
    life = accepted(pause_policy="restart").at("2023-05-23").does(Role.CASE_OFFICER, ASK)
    assert life.case.is_overdue(date(2023, 5, 23))
    life.at("2023-06-20").does(Role.CITIZEN, give("giấy phép"))
    assert life.case.due_on == date(2023, 5, 22)


def test_a_case_is_overdue_from_the_day_after_its_appointment() -> None:
    case = accepted().case
    assert not case.is_overdue(date(2023, 5, 22))
    assert case.is_overdue(date(2023, 5, 23))


def test_who_is_asked_on_the_last_day_was_asked_in_time() -> None:
    life = accepted().at("2023-05-22 17:00").does(Role.CASE_OFFICER, ASK)
    assert not life.case.is_overdue(date(2023, 6, 22))


def test_a_newer_calendar_moves_the_appointment() -> None:
    life = accepted()
    life.versions.publish(
        DEFINITION.with_days(
            CalendarDay(date=date(2023, 5, 18), kind=DayKind.SWAPPED_DAY_OFF, name="Nghỉ bù")
        )
    )
    life.at("2023-05-17").does(Role.SYSTEM, intents.recompute())
    event = life.events[-1]
    assert isinstance(event, AppointmentMoved)
    assert (event.previous_appointment, event.appointment) == (date(2023, 5, 22), date(2023, 5, 23))
    assert (event.calendar_version, life.case.current_calendar) == (2, 2)


def test_a_cancelled_request_starts_nothing_anew() -> None:
    life = accepted(pause_policy="restart").at("2023-05-17").does(Role.CASE_OFFICER, ASK)
    life.at("2023-05-24").does(Role.SUPERVISOR, intents.cancel_supplement_request(*WHY))
    event = life.events[-1]
    assert isinstance(event, SupplementCancelled)
    assert event.appointment == date(2023, 5, 29)
    assert life.case.supplement is None


def test_an_undated_case_stays_undated() -> None:
    life = accepted(days=None).does(Role.CASE_OFFICER, ASK).at("2023-08-01")
    life.does(Role.CITIZEN, give("giấy phép"))
    assert (life.case.due_on, life.case.overdue_after, life.case.is_overdue(date(2030, 1, 1))) == (
        None,
        None,
        False,
    )


def test_a_payment_ends_the_wait_at_the_moment_of_the_payment() -> None:
    life = accepted().at("2023-05-17").does(Role.CASE_OFFICER, FEE)
    asked = life.events[-1]
    assert isinstance(asked, PaymentRequested)
    assert (asked.amount, asked.items) == (50_001, ("lệ phí", "phí"))
    life.at("2023-05-30").does(Role.PAYMENT_GATEWAY, pay(effective_at="2023-05-24 20:00"))
    event = life.events[-1]
    assert isinstance(event, Paid)
    assert (event.appointment, event.effective_at) == (date(2023, 5, 29), at("2023-05-24 20:00"))
    assert (event.online, event.reference) == (True, "BL-1")
    assert life.entries[-1].occurred_at == at("2023-05-30")


def test_a_payment_at_the_desk_is_not_online() -> None:
    life = accepted().does(Role.CASE_OFFICER, FEE).does(Role.INTAKE_OFFICER, pay())
    event = life.events[-1]
    assert isinstance(event, Paid)
    assert (event.online, event.effective_at) == (False, None)


@pytest.mark.parametrize(
    ("intent", "field", "rule"),
    [
        (pay(50_000), "/amount", "amount-differs"),
        (pay(effective_at="2023-05-30"), "/effective_at", "in-the-future"),
        (pay(effective_at="2023-05-17 09:59"), "/effective_at", "before-request"),
    ],
)
def test_a_payment_that_cannot_be(intent: Intent, field: str, rule: str) -> None:
    life = accepted().at("2023-05-17").does(Role.CASE_OFFICER, FEE).at("2023-05-19")
    with pytest.raises(RuleViolationError) as refusal:
        life.does(Role.PAYMENT_GATEWAY, intent)
    assert (refusal.value.extra["field"], refusal.value.code) == (field, rule)


@pytest.mark.parametrize(
    ("intent", "field", "rule"),
    [
        (intents.request_supplement(["a", "b", "a"], None, *WHY), "/missing/2", "component-repeated"),
        (
            intents.request_supplement(["a"], date(2023, 5, 15), *WHY),
            "/respond_by",
            "respond-by-out-of-range",
        ),
        (
            intents.request_supplement(["a"], date(2024, 5, 16), *WHY),
            "/respond_by",
            "respond-by-out-of-range",
        ),
    ],
)
def test_a_supplement_request_that_cannot_be(intent: Intent, field: str, rule: str) -> None:
    with pytest.raises(RuleViolationError) as refusal:
        accepted().does(Role.CASE_OFFICER, intent)
    assert (refusal.value.extra["field"], refusal.value.code) == (field, rule)


@pytest.mark.parametrize(
    ("intent", "field", "rule"),
    [
        (give("giấy phép", "con dấu"), "/components/1/component", "component-unknown"),
        (give("giấy phép", "giấy phép"), "/components/1/component", "component-repeated"),
        (give("giấy phép"), "/components", "components-missing"),
        (
            give("giấy phép", "đơn", digest=digest_of("lost")),
            "/components/0/digest",
            "content-unknown",
        ),
    ],
)
def test_a_supplement_that_is_not_what_was_asked_for(intent: Intent, field: str, rule: str) -> None:
    life = accepted().does(Role.CASE_OFFICER, intents.request_supplement(["giấy phép", "đơn"], None, *WHY))
    life.stored = lambda digest: digest != digest_of("lost")
    with pytest.raises(RuleViolationError) as refusal:
        life.does(Role.CITIZEN, intent)
    assert (refusal.value.extra["field"], refusal.value.code) == (field, rule)


def test_everything_missing_is_named_and_comes() -> None:
    life = accepted().does(Role.CASE_OFFICER, intents.request_supplement(["a", "b"], None, *WHY))
    asked = life.events[-1]
    assert isinstance(asked, SupplementRequested)
    assert (asked.number, asked.missing, asked.respond_by) == (1, ("a", "b"), date(2023, 6, 14))
    assert not life.case.supplement_is_overdue(date(2023, 6, 14))
    assert life.case.supplement_is_overdue(date(2023, 6, 15))
    life.does(Role.REPRESENTATIVE, give("b", "a"))
    assert [copy.component for copy in life.case.supplied] == ["b", "a"]
    assert not life.case.supplement_is_overdue(date(2023, 6, 15))


def test_a_wait_under_a_withdrawal_request_runs_on() -> None:
    def asked() -> Life:
        return accepted().at("2023-05-17").does(Role.CASE_OFFICER, ASK)

    plain = asked().at("2023-05-24").does(Role.CITIZEN, give("giấy phép"))
    declined = asked().at("2023-05-18").does(Role.CITIZEN, intents.request_withdrawal(None))
    assert declined.case.status == "withdrawal_requested"
    assert declined.case.open_pause is not None
    declined.at("2023-05-22").does(Role.APPROVER, intents.decline_withdrawal(*WHY))
    assert declined.case.status == "awaiting_supplement"
    declined.at("2023-05-24").does(Role.CITIZEN, give("giấy phép"))
    assert declined.case.due_on == plain.case.due_on == date(2023, 5, 29)
    assert declined.case.status == plain.case.status == "accepted"


def test_a_wait_under_a_decision_that_is_undone_runs_on() -> None:
    life = accepted().at("2023-05-17").does(Role.CASE_OFFICER, ASK)
    life.at("2023-05-19 23:50").does(Role.APPROVER, intents.send_back(*WHY))
    assert life.case.overdue_after is None
    life.at("2023-05-20 00:10").does(Role.APPROVER, intents.undo_decision())
    assert life.case.status == "awaiting_supplement"
    assert life.case.supplement is not None
    life.at("2023-05-24").does(Role.CITIZEN, give("giấy phép"))
    assert life.case.due_on == date(2023, 5, 29)
