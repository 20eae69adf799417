"""Periods and the moment from which they are seen."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.stats_service.domain.period import Period, View
from shared.errors import RuleViolationError
from tests.support.stories import moment

MONTH = Period(date(2023, 5, 15), date(2023, 6, 14))


@pytest.mark.parametrize(
    ("first", "last", "field", "rule"),
    [
        (date(2023, 6, 15), date(2023, 6, 14), "query:from", "period-reversed"),
        (date(1899, 12, 31), date(2023, 6, 14), "query:from", "day-out-of-range"),
        (date(1, 1, 1), date(2023, 6, 14), "query:from", "day-out-of-range"),
        (date(2023, 6, 15), date(9999, 12, 31), "query:to", "day-out-of-range"),
    ],
)
def test_what_is_no_period(first: date, last: date, field: str, rule: str) -> None:
    with pytest.raises(RuleViolationError) as refused:
        Period(first, last)
    assert (refused.value.extra["field"], refused.value.code) == (field, rule)


def test_a_period_ends_at_midnight_in_vietnam() -> None:
    assert MONTH.ends_at == datetime(2023, 6, 14, 17, tzinfo=UTC)
    assert MONTH.day_before == date(2023, 5, 14)


@pytest.mark.parametrize(
    ("now", "as_of", "before", "end"),
    [
        ("2023-07-01", None, date(2023, 5, 14), date(2023, 6, 14)),
        ("2023-06-01", None, date(2023, 5, 14), date(2023, 6, 1)),
        ("2023-01-01", None, date(2023, 1, 1), date(2023, 1, 1)),
        ("2023-07-01", "2023-06-01 00:00", date(2023, 5, 14), date(2023, 6, 1)),
        ("2023-07-01", "2023-05-31 23:59", date(2023, 5, 14), date(2023, 5, 31)),
        ("2023-07-01", "2023-05-01", date(2023, 5, 1), date(2023, 5, 1)),
    ],
)
def test_nothing_is_read_after_the_day_it_is_seen_from(
    now: str, as_of: str | None, before: date, end: date
) -> None:
    view = View.at(MONTH, moment(now), None if as_of is None else moment(as_of))
    assert (view.before, view.end) == (before, end)


def test_nobody_sees_the_future() -> None:
    with pytest.raises(RuleViolationError):
        View.at(MONTH, moment("2023-06-01 10:00"), moment("2023-06-01 10:01"))


def test_an_answer_needs_what_was_recorded_before_the_period_ended_or_until_it_is_seen_from() -> None:
    now = moment("2023-07-01")
    assert View.at(MONTH, now, None).settled_at == moment("2023-06-15 00:00")
    for as_of in ("2023-06-01 10:00", "2023-06-20 10:00"):
        seen_from = moment(as_of)
        assert View.at(MONTH, now, seen_from).settled_at == seen_from + timedelta(microseconds=1)
