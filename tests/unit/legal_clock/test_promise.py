from datetime import date

import pytest

from shared.errors import RuleViolationError
from shared.legal_clock.promise import (
    Timeliness,
    check_new_promise,
    is_late,
    moved_by_calendar,
    timeliness,
)
from tests.support.calendars import CALENDAR

MAY_22 = date(2023, 5, 22)


@pytest.mark.parametrize(
    ("finished_on", "due_on", "expected"),
    [
        (date(2023, 5, 19), MAY_22, Timeliness.EARLY),
        (MAY_22, MAY_22, Timeliness.ON_TIME),
        (date(2023, 5, 23), MAY_22, Timeliness.LATE),
        (date(2023, 5, 23), None, Timeliness.UNDATED),
    ],
)
def test_timeliness_compares_dates(finished_on: date, due_on: date | None, expected: Timeliness) -> None:
    assert timeliness(finished_on, due_on) is expected
    assert is_late(finished_on, due_on) is (expected is Timeliness.LATE)


@pytest.mark.parametrize(
    ("promised_on", "computed_on", "expected"),
    [
        (date(2023, 5, 22), date(2023, 5, 24), date(2023, 5, 24)),
        (date(2023, 5, 24), date(2023, 5, 22), date(2023, 5, 24)),  # never earlier
        (date(2023, 5, 20), date(2023, 5, 19), date(2023, 5, 22)),  # a Saturday that is no longer made up
    ],
)
def test_after_a_calendar_change_the_later_date_stands(
    promised_on: date, computed_on: date, expected: date
) -> None:
    assert moved_by_calendar(promised_on, computed_on, CALENDAR) == expected


def test_an_apology_promises_a_later_working_day() -> None:
    check_new_promise(date(2023, 5, 23), due_on=MAY_22, today=date(2023, 5, 18), calendar=CALENDAR)


@pytest.mark.parametrize(
    ("promised_on", "today", "rule"),
    [
        (MAY_22, date(2023, 5, 18), "promise-not-later"),
        (date(2023, 5, 19), date(2023, 5, 18), "promise-not-later"),
        (date(2023, 5, 24), date(2023, 5, 24), "promise-not-later"),
        (date(2023, 5, 27), date(2023, 5, 18), "promise-on-day-off"),
    ],
)
def test_an_apology_cannot_promise_otherwise(promised_on: date, today: date, rule: str) -> None:
    with pytest.raises(RuleViolationError) as caught:
        check_new_promise(promised_on, due_on=MAY_22, today=today, calendar=CALENDAR)
    assert (caught.value.extra["rule"], caught.value.extra["field"]) == (rule, "/promised_on")
