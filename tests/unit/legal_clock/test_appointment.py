"""The rules of the legal clock, each with dates that can be checked on a wall calendar."""

from datetime import date, datetime, time, timedelta

import pytest

from shared.clock import local_date
from shared.legal_clock.appointment import (
    Appointment,
    CalendarChange,
    Pause,
    PauseKind,
    appointment,
)
from shared.legal_clock.calendar import (
    CalendarDay,
    CalendarYearMissingError,
    DayKind,
    WorkingCalendar,
)
from shared.legal_clock.duration import Duration
from shared.legal_clock.working_hours import Shift, WorkingHours
from shared.schemas.lifecycle import PausePolicy
from tests.support.calendars import CALENDAR, DEFINITION, at

RESTART, RESUME = PausePolicy.RESTART, PausePolicy.RESUME
days, calendar_days, months, hours = (
    Duration.working_days,
    Duration.calendar_days,
    Duration.months,
    Duration.working_hours,
)


def compute(
    duration: Duration, accepted: str, *pauses: Pause, calendar: WorkingCalendar = CALENDAR
) -> Appointment:
    found = appointment(duration, at(accepted), calendar, pauses)
    assert found is not None
    return found


def due(duration: Duration, accepted: str, *pauses: Pause) -> str:
    return compute(duration, accepted, *pauses).due_on.isoformat()


def supplement(asked: str, ended: str | None, policy: PausePolicy = RESUME) -> Pause:
    return Pause(PauseKind.SUPPLEMENT, at(asked), None if ended is None else at(ended), policy)


def payment(asked: str, ended: str | None, policy: PausePolicy = RESUME) -> Pause:
    return Pause(PauseKind.PAYMENT, at(asked), None if ended is None else at(ended), policy)


@pytest.mark.parametrize(
    ("duration", "accepted", "expected"),
    [
        (days(3), "2024-04-26", "2024-05-04"),  # a make-up Saturday
        (days(5), "2025-04-24", "2025-05-05"),
        (days(5), "2025-12-31", "2026-01-09"),
        (days(7), "2025-12-31", "2026-01-12"),
        (days(22), "2024-12-26", "2025-02-04"),  # over New Year and Tết
        (days(5), "2023-05-15", "2023-05-22"),
        (days(1), "2023-05-19", "2023-05-22"),  # accepted on a Friday
        (days(1), "2023-05-20", "2023-05-22"),  # on a Saturday: not counted, though off
        (days(1), "2023-05-21", "2023-05-22"),
        (days(1), "2024-05-04", "2024-05-06"),  # on a make-up Saturday: not counted, though worked
        (calendar_days(5), "2023-05-15", "2023-05-22"),  # the 20th is a Saturday
        (calendar_days(4), "2023-05-15", "2023-05-19"),
        (calendar_days(8), "2024-04-26", "2024-05-04"),  # ends on a make-up Saturday: stays
        (calendar_days(5), "2024-02-03", "2024-02-15"),  # ends in Tết
        (calendar_days(1), "2023-05-19", "2023-05-22"),
        (months(1), "2023-05-15", "2023-06-15"),
        (months(1), "2023-01-31", "2023-02-28"),  # no 31st of February
        (months(1), "2024-01-31", "2024-02-29"),
        (months(1), "2023-11-30", "2024-01-02"),  # ends on a Saturday, and New Year follows
        (months(12), "2023-12-15", "2024-12-16"),
        (months(13), "2023-12-15", "2025-01-15"),
    ],
)
def test_dates_without_pauses(duration: Duration, accepted: str, expected: str) -> None:
    found = compute(duration, accepted)
    assert found == Appointment(date.fromisoformat(expected), None, calendar_version=1, provisional=False)


@pytest.mark.parametrize(
    ("duration", "accepted", "expected"),
    [
        (hours(4), "2023-05-15 10:00", "2023-05-15 16:00"),
        (hours(8), "2023-05-15 10:00", "2023-05-16 10:00"),
        (hours(8), "2023-05-19 17:00", "2023-05-22 17:00"),
        (hours(24), "2024-04-26 10:00", "2024-05-04 10:00"),
    ],
)
def test_durations_in_hours_have_a_moment(duration: Duration, accepted: str, expected: str) -> None:
    found = compute(duration, accepted)
    assert found.due_at == at(expected)
    assert found.due_on == local_date(at(expected))


def test_an_early_hour_belongs_to_its_day_in_vietnam() -> None:
    early = WorkingHours(shifts=(Shift(opens=time(6), closes=time(10)),))
    found = appointment(hours(4), at("2023-05-15 06:30"), CALENDAR, hours=early)
    assert found is not None
    assert (found.due_on, found.due_at) == (date(2023, 5, 16), at("2023-05-16 06:30"))


def test_without_a_duration_there_is_no_appointment() -> None:
    assert appointment(None, at("2023-05-15"), CALENDAR) is None


@pytest.mark.parametrize(
    ("utc", "expected"),
    [
        ("2024-04-25T16:59:59.999999+00:00", "2024-05-03"),  # still the 25th in Vietnam
        ("2024-04-25T17:00:00+00:00", "2024-05-04"),  # the 26th begins
        ("2024-04-26T16:59:59.999999+00:00", "2024-05-04"),
        ("2024-04-26T17:00:00+00:00", "2024-05-04"),  # Saturday the 27th: off, and not counted either
    ],
)
def test_days_begin_at_midnight_in_vietnam(utc: str, expected: str) -> None:
    found = appointment(days(3), datetime.fromisoformat(utc), CALENDAR)
    assert found is not None
    assert found.due_on.isoformat() == expected


# Five working days from Monday 15 May 2023: due Monday 22 May.
@pytest.mark.parametrize(
    ("pauses", "expected"),
    [
        ([supplement("2023-05-17", "2023-05-24")], "2023-05-29"),
        ([supplement("2023-05-17", "2023-05-24", RESTART)], "2023-05-31"),
        ([payment("2023-05-17", "2023-05-24")], "2023-05-29"),
        ([payment("2023-05-17", "2023-05-24", RESTART)], "2023-05-29"),  # payments always resume
        ([supplement("2023-05-17", None)], "2023-05-22"),  # open: moves nothing yet
        ([supplement("2023-05-17", None, RESTART)], "2023-05-22"),
        ([supplement("2023-05-17 08:00", "2023-05-17 16:00")], "2023-05-22"),
        ([supplement("2023-05-17 08:00", "2023-05-17 16:00", RESTART)], "2023-05-24"),
        ([supplement("2023-05-15 11:00", "2023-05-16")], "2023-05-23"),  # asked on the day of acceptance
        ([supplement("2023-05-19", "2023-05-21")], "2023-05-22"),  # ended on a Sunday: no working day lost
        ([supplement("2023-05-22", "2023-05-24")], "2023-05-22"),  # asked on the last day: nothing was left
        ([supplement("2023-05-22", "2023-05-24", RESTART)], "2023-05-31"),
        ([supplement("2023-05-23", "2023-05-24")], "2023-05-22"),  # asked too late
        ([supplement("2023-05-23", "2023-05-24", RESTART)], "2023-05-22"),
        ([supplement("2023-05-22 23:59", "2023-05-24", RESTART)], "2023-05-31"),
        ([supplement("2023-05-23 00:00", "2023-05-24", RESTART)], "2023-05-22"),
        ([supplement("2023-05-17", "2023-05-24 23:59")], "2023-05-29"),
        ([supplement("2023-05-17", "2023-05-25 00:00")], "2023-05-30"),
        ([payment("2023-05-17", "2023-05-16")], "2023-05-22"),  # paid before it was asked for
        ([supplement("2023-05-17", "2023-05-16", RESTART)], "2023-05-24"),
        # two supplements; the second is in time only because the first moved the appointment
        ([supplement("2023-05-17", "2023-05-24"), supplement("2023-05-25", "2023-05-29")], "2023-05-31"),
        ([supplement("2023-05-17", "2023-05-24"), payment("2023-05-29", "2023-05-31")], "2023-05-29"),
        ([supplement("2023-05-17", "2023-05-24"), payment("2023-05-30", "2023-05-31")], "2023-05-29"),
        # mixed: 5 anew after the 24th, two of them gone on the 26th, three left after the 30th
        (
            [supplement("2023-05-17", "2023-05-24", RESTART), payment("2023-05-26", "2023-05-30")],
            "2023-06-02",
        ),
        (
            [payment("2023-05-17", "2023-05-24"), supplement("2023-05-26", "2023-05-30", RESTART)],
            "2023-06-06",
        ),
        ([payment("2023-05-16", "2023-05-17"), supplement("2023-05-18", None)], "2023-05-23"),
        # one pause too late, and another after it
        ([supplement("2023-05-23", "2023-05-24"), payment("2023-05-25", "2023-05-26")], "2023-05-22"),
    ],
)
def test_pauses(pauses: list[Pause], expected: str) -> None:
    assert due(days(5), "2023-05-15", *pauses) == expected


@pytest.mark.parametrize(
    ("duration", "pause", "expected"),
    [
        (calendar_days(10), supplement("2023-05-17", "2023-05-24"), "2023-06-01"),  # 8 left
        (calendar_days(10), supplement("2023-05-17", "2023-05-24", RESTART), "2023-06-05"),  # a Saturday
        (calendar_days(5), supplement("2023-05-19", "2023-05-23"), "2023-05-24"),  # one left on the Saturday
        (calendar_days(5), supplement("2023-05-20", "2023-05-23"), "2023-05-24"),  # Monday itself is left
        (calendar_days(5), supplement("2023-05-21", "2023-05-21"), "2023-05-22"),
        (months(1), supplement("2023-05-17", "2023-05-24"), "2023-06-22"),
        (months(1), supplement("2023-05-17", "2023-05-31", RESTART), "2023-06-30"),
        (hours(16), supplement("2023-05-16", "2023-05-22"), "2023-05-23 10:00"),
        (hours(16), supplement("2023-05-15 11:00", "2023-05-15 14:00"), "2023-05-17 10:00"),
        (hours(16), supplement("2023-05-16", "2023-05-22", RESTART), "2023-05-24 17:30"),
        (hours(16), supplement("2023-05-17 16:00", "2023-05-22"), "2023-05-17 10:00"),
        (hours(16), supplement("2023-05-18", "2023-05-22", RESTART), "2023-05-17 10:00"),
    ],
)
def test_pauses_in_every_unit(duration: Duration, pause: Pause, expected: str) -> None:
    found = compute(duration, "2023-05-15", pause)
    assert found.due_on == local_date(at(expected))
    assert found.due_at == (at(expected) if " " in expected else None)


def test_what_is_left_of_a_long_month_is_never_more_than_a_month_anew() -> None:
    pauses = [supplement("2023-07-03 11:00", "2024-02-01", policy) for policy in (RESUME, RESTART)]
    assert [due(months(1), "2023-07-03", pause) for pause in pauses] == ["2024-03-01", "2024-03-01"]


def test_a_promise_into_a_provisional_year_says_so() -> None:
    assert not compute(days(1), "2026-12-30").provisional
    assert compute(days(2), "2026-12-30").provisional
    decided = WorkingCalendar(DEFINITION.with_decided(2027))
    later = compute(days(2), "2026-12-30", calendar=decided)
    assert (later.provisional, later.calendar_version) == (False, 2)


def test_a_promise_out_of_a_provisional_year_says_so() -> None:
    odd = WorkingCalendar(DEFINITION.with_decided(2028))
    assert compute(days(2), "2027-12-30", calendar=odd).provisional
    assert not compute(days(2), "2028-01-04", calendar=odd).provisional


def test_a_promise_into_a_year_without_data_is_refused() -> None:
    with pytest.raises(CalendarYearMissingError):
        compute(days(2), "2030-12-30")
    with pytest.raises(CalendarYearMissingError):
        compute(days(1), "2021-12-30")


def edited(*special: tuple[str, DayKind]) -> WorkingCalendar:
    added = (CalendarDay(date=date.fromisoformat(iso), kind=kind, name="test") for iso, kind in special)
    return WorkingCalendar(DEFINITION.with_days(*added))


MONDAY_OFF = edited(("2023-05-22", DayKind.SWAPPED_DAY_OFF))
SATURDAY_WORKED = edited(("2023-05-20", DayKind.MAKEUP_WORKING_DAY))


@pytest.mark.parametrize("duration", [days(5), calendar_days(7)])
def test_a_new_day_off_moves_an_open_appointment(duration: Duration) -> None:
    found = appointment(
        duration, at("2023-05-15"), CALENDAR, changes=[CalendarChange(at("2023-05-16"), MONDAY_OFF)]
    )
    assert found == Appointment(date(2023, 5, 23), None, calendar_version=2, provisional=False)


def test_a_new_day_off_moves_a_promised_hour_to_the_next_working_day() -> None:
    change = CalendarChange(at("2023-05-16"), MONDAY_OFF)
    found = appointment(hours(40), at("2023-05-15"), CALENDAR, changes=[change])
    assert found is not None
    assert found.due_at == at("2023-05-23 10:00")


def test_a_new_day_off_is_counted_together_with_the_pauses_before_it() -> None:
    """After the pause the 25th, 26th and 29th were left; then the 26th became a day off."""
    friday_off = edited(("2023-05-26", DayKind.SWAPPED_DAY_OFF))
    pause, change = supplement("2023-05-17", "2023-05-24"), CalendarChange(at("2023-05-25"), friday_off)
    found = appointment(days(5), at("2023-05-15"), CALENDAR, [pause], changes=[change])
    assert found is not None
    assert found.due_on == date(2023, 5, 30)


def test_a_make_up_saturday_leaves_the_promise() -> None:
    assert compute(days(5), "2023-05-15", calendar=SATURDAY_WORKED).due_on == date(2023, 5, 20)
    for duration in (days(5), hours(40)):
        change = CalendarChange(at("2023-05-16"), SATURDAY_WORKED)
        found = appointment(duration, at("2023-05-15"), CALENDAR, changes=[change])
        assert found is not None
        assert (found.due_on, found.calendar_version) == (date(2023, 5, 22), 2)


def test_a_pause_after_a_calendar_change_is_judged_by_the_promise_that_stood() -> None:
    """Asked on the 21st: after what the newer calendar says alone (20th), before what was promised (22nd)."""
    change = CalendarChange(at("2023-05-16"), SATURDAY_WORKED)
    for duration in (days(5), hours(40)):
        found = appointment(
            duration, at("2023-05-15"), CALENDAR, [supplement("2023-05-21", "2023-05-24")], changes=[change]
        )
        assert found is not None
        assert found.due_on == date(2023, 5, 25)


def test_a_calendar_change_counts_from_its_moment_on() -> None:
    """Asked on the 23rd: too late for a promise of the 22nd, in time once that day had become a day off."""
    pause = supplement("2023-05-23", "2023-05-24", RESTART)
    results = []
    for changed_at in ("2023-05-16", "2023-05-23 09:59", "2023-05-23 10:01", "2023-05-25"):
        change = CalendarChange(at(changed_at), MONDAY_OFF)
        found = appointment(days(5), at("2023-05-15"), CALENDAR, [pause], changes=[change])
        assert found is not None
        results.append(found.due_on.day)
    assert results == [31, 31, 23, 23]


def test_a_restart_never_undercuts_an_earlier_promise() -> None:
    """A promise that an old calendar stretched far is not shortened by counting a short term anew."""
    week_off = edited(*((f"2023-05-{day}", DayKind.HOLIDAY) for day in (22, 23, 24, 25, 26)))
    changes = [CalendarChange(at("2023-05-19 11:00"), CALENDAR)]
    for pause in (supplement("2023-05-20", "2023-05-20", RESTART), supplement("2023-05-20", "2023-05-20")):
        for duration in (days(1), calendar_days(3)):
            found = appointment(duration, at("2023-05-19"), week_off, [pause], changes=changes)
            assert found is not None
            assert found.due_on == date(2023, 5, 29)


def test_a_calendar_that_changes_right_after_the_supplement_came_keeps_what_was_promised_then() -> None:
    pause = supplement("2023-05-17", "2023-05-24", RESTART)
    saturday = edited(("2023-05-27", DayKind.MAKEUP_WORKING_DAY))
    results = []
    for after in (0, 1, 2):
        change = CalendarChange(at("2023-05-24 10:00"), saturday, after)
        found = appointment(days(5), at("2023-05-15"), CALENDAR, [pause], changes=[change])
        assert found is not None
        results.append(found.due_on.day)
    # Known when the supplement came, or only after the 31st had been promised.
    assert results == [30, 30, 31]


def test_the_order_of_the_calendar_changes_does_not_depend_on_the_list() -> None:
    changes = [CalendarChange(at("2023-05-17"), CALENDAR), CalendarChange(at("2023-05-16"), MONDAY_OFF)]
    found = appointment(days(5), at("2023-05-15"), CALENDAR, changes=changes)
    assert found == Appointment(date(2023, 5, 23), None, calendar_version=1, provisional=False)


@pytest.mark.parametrize(
    "pauses",
    [
        [supplement("2023-05-14", "2023-05-16")],
        [supplement("2023-05-16", "2023-05-18"), payment("2023-05-17", "2023-05-19")],
        [supplement("2023-05-18", "2023-05-19"), payment("2023-05-16", "2023-05-17")],
        [supplement("2023-05-16", None), payment("2023-05-18", "2023-05-19")],
        [payment("2023-05-18", "2023-05-16"), supplement("2023-05-17", "2023-05-19")],
    ],
)
def test_a_history_that_cannot_be_is_refused(pauses: list[Pause]) -> None:
    with pytest.raises(ValueError, match="overlaps"):
        appointment(days(5), at("2023-05-15"), CALENDAR, pauses)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        appointment(days(5), at("2023-05-15").replace(tzinfo=None), CALENDAR)


def test_durations_survive_json_and_are_at_least_one() -> None:
    assert Duration.model_validate_json(days(5).model_dump_json()) == days(5)
    assert days(5).model_dump(mode="json") == {"amount": 5, "unit": "working_day"}
    for amount in (0, -1, 3661):
        with pytest.raises(ValueError, match="amount"):
            days(amount)


def test_a_day_of_hours_is_a_working_day() -> None:
    """The two agree wherever the working day is whole: from one opening to so many closings."""
    for start in (at("2024-04-20 07:30") + timedelta(days=i) for i in range(30)):
        whole_days = appointment(days(3), start - timedelta(days=1), CALENDAR)
        in_hours = appointment(hours(24), start, CALENDAR)
        assert whole_days is not None
        assert in_hours is not None
        assert whole_days.due_on == in_hours.due_on
