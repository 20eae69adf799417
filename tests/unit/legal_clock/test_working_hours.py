from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import RuleViolationError
from shared.legal_clock.working_hours import (
    OFFICE_HOURS,
    Shift,
    WorkingHours,
    add_working_hours,
    answer_due,
    working_time_after,
)
from tests.support.calendars import CALENDAR, at


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2023-05-15 08:00", 1, "2023-05-15 09:00"),
        ("2023-05-15 08:00", 4, "2023-05-15 14:00"),  # over the noon break
        ("2023-05-15 08:00", 8, "2023-05-16 08:00"),
        ("2023-05-15 07:30", 4, "2023-05-15 11:30"),  # ends at the closing, not at the next opening
        ("2023-05-15 07:30", 8, "2023-05-15 17:30"),
        ("2023-05-15 13:30", 4, "2023-05-15 17:30"),
        ("2023-05-15 11:45", 1, "2023-05-15 14:30"),  # filed in the noon break
        ("2023-05-15 03:00", 1, "2023-05-15 08:30"),  # before the opening
        ("2023-05-15 20:00", 8, "2023-05-16 17:30"),  # after the closing
        ("2023-05-15 17:30", 1, "2023-05-16 08:30"),
        ("2023-05-19 16:30", 8, "2023-05-22 16:30"),  # over a weekend
        ("2023-05-20 10:00", 8, "2023-05-22 17:30"),  # on a Saturday
        ("2023-04-28 16:00", 8, "2023-05-04 16:00"),  # over the holidays
        ("2024-05-03 16:30", 2, "2024-05-04 08:30"),  # into a make-up Saturday
        ("2023-05-15 08:00", 24, "2023-05-18 08:00"),
    ],
)
def test_working_hours_pass_only_while_the_agency_works(start: str, hours: int, end: str) -> None:
    assert add_working_hours(at(start), timedelta(hours=hours), CALENDAR) == at(end)


def test_a_filing_at_midnight_belongs_to_the_day_that_begins() -> None:
    friday_night = at("2023-05-19 00:00") - timedelta(microseconds=1)
    assert answer_due(friday_night, CALENDAR) == at("2023-05-19 17:30")
    assert answer_due(at("2023-05-20 00:00"), CALENDAR) == at("2023-05-22 17:30")


def test_answers_are_due_in_utc_after_eight_working_hours() -> None:
    due = answer_due(at("2023-05-15 09:15"), CALENDAR)
    assert due == at("2023-05-16 09:15")
    assert due.tzinfo is UTC


def test_an_agency_may_have_hours_of_its_own() -> None:
    hours = WorkingHours(
        shifts=(
            Shift(opens=time(7), closes=time(11)),
            Shift(opens=time(13), closes=time(15)),
            Shift(opens=time(15, 30), closes=time(16, 30)),
        )
    )
    assert hours.per_day == timedelta(hours=7)
    assert answer_due(at("2023-05-15 08:00"), CALENDAR, hours) == at("2023-05-16 09:00")
    assert WorkingHours.model_validate_json(hours.model_dump_json()) == hours


@pytest.mark.parametrize(
    "shifts",
    [
        [("11:30", "07:30")],
        [("07:30", "07:30")],
        [("07:30", "11:30"), ("11:00", "17:30")],
        [("13:30", "17:30"), ("07:30", "11:30")],
    ],
)
def test_shifts_follow_each_other(shifts: list[tuple[str, str]]) -> None:
    with pytest.raises(RuleViolationError):
        WorkingHours.model_validate({"shifts": [{"opens": a, "closes": b} for a, b in shifts]})


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        answer_due(at("2023-05-15").replace(tzinfo=None), CALENDAR)


def test_no_day_is_longer_than_its_shifts() -> None:
    with pytest.raises(ValueError, match="not that long"):
        OFFICE_HOURS.time_of_day(timedelta(hours=9))


# Hypothesis adds the zone.
starts = st.datetimes(datetime(2022, 1, 3), datetime(2029, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
works = st.timedeltas(timedelta(microseconds=1), timedelta(hours=400))


@settings(deadline=None)
@given(starts, works, works)
def test_working_in_two_parts_takes_as_long_as_at_once(
    start: datetime, one: timedelta, other: timedelta
) -> None:
    in_parts = add_working_hours(add_working_hours(start, one, CALENDAR), other, CALENDAR)
    assert in_parts == add_working_hours(start, one + other, CALENDAR)


@settings(deadline=None)
@given(st.dates(date(2022, 1, 3), date(2028, 1, 1)), works)
def test_what_was_added_from_the_end_of_a_day_is_what_lies_after_it(day: date, work: timedelta) -> None:
    midnight = at(f"{day} 00:00") + timedelta(days=1)
    until = add_working_hours(midnight, work, CALENDAR)
    assert working_time_after(day, until, CALENDAR, OFFICE_HOURS) == work
