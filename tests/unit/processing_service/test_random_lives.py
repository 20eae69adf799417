"""Random lives: whatever happens to a case, in whatever order, its history tells the same as its state."""

from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.processing_service.application import intents
from services.processing_service.application.intents import Intent
from services.processing_service.domain import appointments
from services.processing_service.domain.payments import FeeItem
from shared.errors import AppError
from shared.events.dossier import Annulled, ClockResumed, ComponentCopy
from shared.history import entry_hash
from shared.legal_clock.calendar import CalendarDay, DayKind
from shared.schemas.lifecycle import DossierStatus, HandOverMeans, PausePolicy, Role
from tests.support.calendars import DEFINITION
from tests.support.cases import Life, accepted, digest_of

WHY = ("for_the_test", "Vì bài kiểm tra")
ACTS: list[tuple[Role, Intent]] = [
    (Role.CASE_OFFICER, intents.start()),
    (Role.SUPERVISOR, intents.request_supplement(["a"], None, *WHY)),
    (Role.CITIZEN, intents.provide_supplement([ComponentCopy(component="a", digest=None)])),
    (Role.SUPERVISOR, intents.cancel_supplement_request(*WHY)),
    (Role.CASE_OFFICER, intents.request_payment([FeeItem(name="lệ phí", amount=1)])),
    (Role.INTAKE_OFFICER, intents.confirm_payment(1, "BL-1", None)),
    (Role.CITIZEN, intents.request_withdrawal(None)),
    (Role.APPROVER, intents.approve_withdrawal()),
    (Role.APPROVER, intents.decline_withdrawal(*WHY)),
    (Role.APPROVER, intents.send_back(*WHY)),
    (Role.APPROVER, intents.resolve([digest_of("result")])),
    (Role.INTAKE_OFFICER, intents.dispatch("vnpost")),
    (Role.POSTAL_PARTNER, intents.return_from_post(None, None)),
    (Role.INTAKE_OFFICER, intents.hand_over(HandOverMeans.COUNTER, None)),
    (Role.SUPERVISOR, intents.undo_decision()),
    (Role.SUPERVISOR, intents.annul_decision(*WHY)),
]


@dataclass(frozen=True)
class Step:
    """An act that is tried some time after the one before."""

    number: int
    minutes: int


STEPS = st.lists(
    st.builds(
        Step,
        st.integers(0, len(ACTS) - 1),
        st.one_of(st.integers(0, 40), st.integers(0, 4 * 24 * 60)),
    ),
    max_size=25,
)
POLICIES = st.sampled_from(PausePolicy)


def live(life: Life, steps: list[Step]) -> Life:
    """Try every step; what is refused changes nothing."""
    for step in steps:
        life.clock.moment += timedelta(minutes=step.minutes)
        before = life.case
        role, intent = ACTS[step.number]
        try:
            life.does(role, intent)
        except AppError:
            assert life.case == before
    return life


@given(STEPS, POLICIES)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_state_follows_from_history(steps: list[Step], policy: PausePolicy) -> None:
    life = live(accepted(pause_policy=policy), steps)
    case = life.case
    status = DossierStatus.ACCEPTED
    previous = bytes.fromhex(life.entries[0].previous_hash.hex()) if life.entries else b""
    for sequence, (entry, event) in enumerate(zip(life.entries, life.events, strict=True), start=3):
        assert entry.sequence == sequence
        assert event.status_before == status
        status = event.status_after
        assert entry.previous_hash == previous
        previous = entry.hash
        assert entry.hash == entry_hash(
            entry.previous_hash,
            code=entry.code,
            sequence=entry.sequence,
            type=entry.type,
            occurred_at=entry.occurred_at,
            actor=entry.actor,
            reason=entry.reason,
            salt=entry.salt,
            data=entry.data,
            sealed=entry.sealed,
        )
    assert case.status == status
    assert case.version == 2 + len(life.entries)
    dates = [event.appointment for event in life.events if isinstance(event, ClockResumed)]
    assert case.due_on == (dates[-1] if dates else accepted().case.due_on)
    # The stored date is what the history computes.
    record = appointments.of_record(case, life.versions)
    assert record is not None
    assert case.due_on == record.due_on


@given(STEPS, POLICIES)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_flags_agree_with_the_status(steps: list[Step], policy: PausePolicy) -> None:
    case = live(accepted(pause_policy=policy), steps).case
    waiting = {DossierStatus.AWAITING_SUPPLEMENT, DossierStatus.AWAITING_PAYMENT}
    beneath = case.status
    if case.closing is not None:
        beneath = case.closing.status_before
    assert (case.before_withdrawal is not None) == (beneath is DossierStatus.WITHDRAWAL_REQUESTED)
    if beneath is DossierStatus.WITHDRAWAL_REQUESTED:
        assert case.before_withdrawal is not None
        beneath = case.before_withdrawal
    assert (case.open_pause is not None) == (beneath in waiting)
    assert (case.supplement is not None) == (beneath is DossierStatus.AWAITING_SUPPLEMENT)
    assert (case.payment is not None) == (beneath is DossierStatus.AWAITING_PAYMENT)
    decided = {DossierStatus.RESOLVED, DossierStatus.CLOSED_WITHOUT_RESULT, DossierStatus.HANDED_OVER}
    assert (case.closing is not None) == (case.status in decided)
    assert bool(case.results) == (case.status in decided - {DossierStatus.CLOSED_WITHOUT_RESULT})
    assert not case.with_post or case.status is DossierStatus.RESOLVED


@given(STEPS, POLICIES)
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_an_annulled_decision_leaves_no_trace_but_its_entries(steps: list[Step], policy: PausePolicy) -> None:
    life = live(accepted(pause_policy=policy), steps)
    annulled = {e.annuls for e in life.events if isinstance(e, Annulled)}
    undone = {e.sequence for e in life.entries if isinstance(life.events[e.sequence - 3], Annulled)}
    # The same life without what was annulled, without the annulments and what hung on the decision.
    again = accepted(pause_policy=policy)
    dropped = False
    for entry, event in zip(life.entries, life.events, strict=True):
        dropped = (dropped or entry.sequence in annulled) and entry.sequence not in undone
        if dropped or entry.sequence in undone:
            continue
        again.clock.moment = entry.occurred_at
        role, intent = next((r, i) for r, i in ACTS if i.action == event.action)
        again.does(role, intent)
    ignored = {"version", "head_hash", "closing", "calendar_checked"}
    assert again.case.model_dump(exclude=ignored) == life.case.model_dump(exclude=ignored)


@given(STEPS, POLICIES, st.integers(1, 25), st.dates(date(2023, 5, 16), date(2023, 6, 30)))
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_a_newer_calendar_never_makes_an_open_promise_earlier(
    steps: list[Step], policy: PausePolicy, when: int, day: date
) -> None:
    life = live(accepted(pause_policy=policy), steps[:when])
    life.versions.publish(
        DEFINITION.with_days(CalendarDay(date=day, kind=DayKind.SWAPPED_DAY_OFF, name="Nghỉ bù"))
        if day.weekday() < 5
        else DEFINITION.with_days(CalendarDay(date=day, kind=DayKind.MAKEUP_WORKING_DAY, name="Làm bù"))
    )
    before = life.case.due_on
    assert before is not None
    if life.case.is_open and appointments.calendar_moves(life.case, life.versions, life.clock.now()):
        life.does(Role.SYSTEM, intents.recompute())
        assert life.case.due_on is not None
        assert life.case.due_on > before
        assert life.versions.latest.is_working_day(life.case.due_on)
        assert not appointments.calendar_moves(life.case, life.versions, life.clock.now())
    life = live(life, steps[when:])
    record = appointments.of_record(life.case, life.versions)
    assert record is not None
    assert life.case.due_on == record.due_on
