"""What holds of every appointment, for generated histories and calendars."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from shared.clock import local_date, local_time
from shared.legal_clock.appointment import (
    CalendarChange,
    Pause,
    PauseKind,
    appointment,
)
from shared.legal_clock.calendar import CalendarDay, DayKind, WorkingCalendar
from shared.legal_clock.duration import Duration, DurationUnit
from shared.schemas.lifecycle import PausePolicy
from tests.support.calendars import CALENDAR, DEFINITION, at
from tests.unit.legal_clock.day_by_day import walk

LONGEST = {
    DurationUnit.WORKING_DAY: 12,
    DurationUnit.CALENDAR_DAY: 15,
    DurationUnit.MONTH: 2,
    DurationUnit.WORKING_HOUR: 60,
}
LONG_WAIT_INTO_FEBRUARY = Pause(PauseKind.SUPPLEMENT, at("2023-07-03 11:00"), at("2024-02-01"))
DAYS_OF_TWO_YEARS = [date(2023, 1, 1) + timedelta(days=i) for i in range(731)]


@st.composite
def edited_calendars(draw: st.DrawFn) -> WorkingCalendar:
    """The Vietnamese calendar with days off and worked weekends strewn over two of its years."""
    dice, share = draw(st.randoms(use_true_random=True)), draw(st.sampled_from([0, 0.02, 0.2]))
    days = [day for day in DAYS_OF_TWO_YEARS if dice.random() < share]
    return WorkingCalendar(
        DEFINITION.with_days(
            *(
                CalendarDay(
                    date=day,
                    kind=DayKind.HOLIDAY if day.weekday() < 5 else DayKind.MAKEUP_WORKING_DAY,
                    name="strewn",
                )
                for day in days
            )
        )
    )


@st.composite
def durations(draw: st.DrawFn) -> Duration:
    """Short enough that pauses are asked for in time and too late about equally often."""
    unit = draw(st.sampled_from(DurationUnit))
    return Duration(unit=unit, amount=draw(st.integers(1, LONGEST[unit])))


@st.composite
def histories(draw: st.DrawFn, most: int = 4) -> tuple[datetime, list[Pause]]:
    """A moment of acceptance on a half-hour, and pauses after it that have all ended, in UTC."""
    day = draw(st.dates(date(2023, 1, 1), date(2023, 12, 31)))
    accepted_at = local_time(day, *divmod(30 * draw(st.integers(0, 47)), 60))
    pauses, free_from = [], accepted_at
    for _ in range(draw(st.integers(0, most))):
        asked_at = free_from + timedelta(hours=draw(st.integers(0, 15 * 24)))
        free_from = asked_at + timedelta(hours=draw(st.integers(0, 20 * 24)))
        kind, policy = draw(st.sampled_from(PauseKind)), draw(st.sampled_from(PausePolicy))
        pauses.append(Pause(kind, asked_at, free_from, policy))
    return accepted_at, pauses


@st.composite
def changes(draw: st.DrawFn) -> list[CalendarChange]:
    # Hypothesis adds the zone.
    moments = st.datetimes(datetime(2023, 1, 1), datetime(2024, 3, 1), timezones=st.just(UTC))  # noqa: DTZ001
    at_moments = sorted(draw(st.lists(moments, max_size=3)))
    return [CalendarChange(moment, draw(edited_calendars())) for moment in at_moments]


def due(
    duration: Duration,
    accepted_at: datetime,
    pauses: Sequence[Pause] = (),
    calendar: WorkingCalendar = CALENDAR,
    newer: Sequence[CalendarChange] = (),
) -> date:
    found = appointment(duration, accepted_at, calendar, pauses, changes=newer)
    assert found is not None
    if found.due_at is not None:
        assert local_date(found.due_at) == found.due_on
    return found.due_on


def shifted(pause: Pause, by: timedelta) -> Pause:
    assert pause.ended_at is not None
    return replace(pause, asked_at=pause.asked_at + by, ended_at=pause.ended_at + by)


@settings(deadline=None, max_examples=300)
@given(durations(), histories(), edited_calendars())
def test_walking_day_by_day_gives_the_same_date(
    duration: Duration, history: tuple[datetime, list[Pause]], calendar: WorkingCalendar
) -> None:
    accepted_at, pauses = history
    walked = walk(duration, accepted_at, pauses, calendar.is_working_day)
    assert due(duration, accepted_at, pauses, calendar) == walked


@settings(deadline=None)
@given(durations(), histories(), edited_calendars(), changes())
def test_nothing_is_due_on_a_day_off_or_before_it_was_accepted(
    duration: Duration,
    history: tuple[datetime, list[Pause]],
    calendar: WorkingCalendar,
    newer: list[CalendarChange],
) -> None:
    accepted_at, pauses = history
    found = due(duration, accepted_at, pauses, calendar, newer)
    last = newer[-1].calendar if newer else calendar
    assert last.is_working_day(found)
    if duration.unit is DurationUnit.WORKING_HOUR:
        assert found >= local_date(accepted_at)
    else:
        assert found > local_date(accepted_at)


@settings(deadline=None)
@given(durations(), st.integers(0, 10), histories(), edited_calendars())
def test_a_longer_duration_is_never_due_earlier(
    duration: Duration, more: int, history: tuple[datetime, list[Pause]], calendar: WorkingCalendar
) -> None:
    longer = Duration(unit=duration.unit, amount=duration.amount + more)
    assert due(duration, *history, calendar) <= due(longer, *history, calendar)


@settings(deadline=None)
@given(durations(), histories(most=3), st.integers(0, 3), st.integers(0, 600), st.integers(0, 23))
def test_a_pause_of_no_days_changes_nothing_when_it_resumes(
    duration: Duration, history: tuple[datetime, list[Pause]], place: int, hours_later: int, length: int
) -> None:
    accepted_at, pauses = history
    before, after = pauses[:place], pauses[place:]
    free_from = before[-1].ended_at if before else accepted_at
    assert free_from is not None
    asked_at = free_from + timedelta(hours=hours_later)
    ended_at = asked_at + timedelta(hours=length)
    assume(local_date(ended_at) == local_date(asked_at))
    assume(not after or ended_at <= after[0].asked_at)
    empty = Pause(PauseKind.SUPPLEMENT, asked_at, ended_at)
    assert due(duration, accepted_at, [*before, empty, *after]) == due(duration, accepted_at, pauses)


@settings(deadline=None)
@given(durations(), histories(), st.sampled_from(PausePolicy), st.integers(1, 400), changes())
def test_a_pause_asked_for_after_the_appointment_moves_nothing(
    duration: Duration,
    history: tuple[datetime, list[Pause]],
    policy: PausePolicy,
    hours_late: int,
    newer: list[CalendarChange],
) -> None:
    accepted_at, pauses = history
    stood = due(duration, accepted_at, pauses, newer=newer)
    midnight = local_time(stood, 0) + timedelta(days=1)
    ends = [pause.ended_at for pause in pauses if pause.ended_at is not None]
    asked_at = max([midnight, *ends, *(change.at for change in newer)]) + timedelta(hours=hours_late)
    late = Pause(PauseKind.SUPPLEMENT, asked_at, asked_at + timedelta(days=9), policy)
    assert due(duration, accepted_at, [*pauses, late], newer=newer) == stood


@settings(deadline=None)
@given(durations(), histories(), edited_calendars())
@example(Duration.months(1), (at("2023-07-03"), [LONG_WAIT_INTO_FEBRUARY]), CALENDAR)
def test_restarting_is_never_due_before_resuming(
    duration: Duration, history: tuple[datetime, list[Pause]], calendar: WorkingCalendar
) -> None:
    accepted_at, pauses = history
    restarts = [replace(pause, policy=PausePolicy.RESTART) for pause in pauses]
    resumes = [replace(pause, policy=PausePolicy.RESUME) for pause in pauses]
    assert due(duration, accepted_at, resumes, calendar) <= due(duration, accepted_at, pauses, calendar)
    assert due(duration, accepted_at, pauses, calendar) <= due(duration, accepted_at, restarts, calendar)


@settings(deadline=None)
@given(durations(), histories())
def test_payments_resume_whatever_the_policy(
    duration: Duration, history: tuple[datetime, list[Pause]]
) -> None:
    accepted_at, pauses = history
    payments = [replace(pause, kind=PauseKind.PAYMENT) for pause in pauses]
    resumes = [replace(pause, kind=PauseKind.SUPPLEMENT, policy=PausePolicy.RESUME) for pause in payments]
    assert due(duration, accepted_at, payments) == due(duration, accepted_at, resumes)


@settings(deadline=None)
@given(durations(), histories(), edited_calendars(), changes())
def test_history_read_as_it_happened_moves_the_promise_only_forwards(
    duration: Duration,
    history: tuple[datetime, list[Pause]],
    calendar: WorkingCalendar,
    newer: list[CalendarChange],
) -> None:
    """The history up to any moment gives what stood then: neither an open pause nor the future moves it."""
    accepted_at, pauses = history
    stood = due(duration, accepted_at, (), calendar)
    asked = {pause.asked_at for pause in pauses}
    turns = sorted(asked | {p.ended_at for p in pauses if p.ended_at} | {change.at for change in newer})
    for now in turns:
        so_far = [
            pause if pause.ended_at is not None and pause.ended_at <= now else replace(pause, ended_at=None)
            for pause in pauses
            if pause.asked_at <= now
        ]
        known = [change for change in newer if change.at <= now]
        stands = due(duration, accepted_at, so_far, calendar, known)
        assert stands >= stood
        stood = stands
    assert due(duration, accepted_at, pauses, calendar, newer) == stood


@settings(deadline=None)
@given(durations(), histories(), edited_calendars())
def test_pauses_replayed_one_at_a_time_give_the_same_date_as_at_once(
    duration: Duration, history: tuple[datetime, list[Pause]], calendar: WorkingCalendar
) -> None:
    """A pause moves the date exactly when it was asked for by the date that stood before it."""
    accepted_at, pauses = history
    counted: list[Pause] = []
    stood = due(duration, accepted_at, (), calendar)
    for pause in pauses:
        if pause.asked_on <= stood:
            counted.append(pause)
            stood = due(duration, accepted_at, counted, calendar)
    assert due(duration, accepted_at, pauses, calendar) == stood


@settings(deadline=None)
@given(durations(), histories(), edited_calendars())
def test_a_restart_forgets_what_was_before(
    duration: Duration, history: tuple[datetime, list[Pause]], calendar: WorkingCalendar
) -> None:
    """It is as if the dossier were accepted when the supplement came (for hours: at the end of that day)."""
    accepted_at, pauses = history
    asked_at, ended_at = accepted_at + timedelta(hours=1), accepted_at + timedelta(days=3)
    restart = Pause(PauseKind.SUPPLEMENT, asked_at, ended_at, PausePolicy.RESTART)
    assume(restart.asked_on <= due(duration, accepted_at, (), calendar))
    after = [shifted(pause, timedelta(days=4)) for pause in pauses]
    end_of_day = local_time(local_date(ended_at), 0) + timedelta(days=1)
    anew = end_of_day if duration.unit is DurationUnit.WORKING_HOUR else ended_at
    assert due(duration, accepted_at, [restart, *after], calendar) == due(duration, anew, after, calendar)


@settings(deadline=None)
@given(durations(), histories(), edited_calendars())
def test_a_newer_calendar_that_changes_nothing_moves_nothing(
    duration: Duration, history: tuple[datetime, list[Pause]], calendar: WorkingCalendar
) -> None:
    accepted_at, pauses = history
    same = [CalendarChange(accepted_at + timedelta(days=n), calendar) for n in (0, 5, 50)]
    assert due(duration, accepted_at, pauses, calendar, same) == due(duration, accepted_at, pauses, calendar)
