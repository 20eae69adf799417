from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.errors import RuleViolationError
from shared.legal_clock.calendar import (
    CalendarDay,
    CalendarDefinition,
    CalendarYear,
    CalendarYearMissingError,
    DayKind,
    WorkingCalendar,
    YearState,
)
from shared.legal_clock.provisional import provisional_year
from tests.support.calendars import CALENDAR, DEFINITION

HOLIDAY, SWAPPED, MAKEUP = DayKind.HOLIDAY, DayKind.SWAPPED_DAY_OFF, DayKind.MAKEUP_WORKING_DAY


def day(iso: str, kind: DayKind = HOLIDAY) -> CalendarDay:
    return CalendarDay(date=date.fromisoformat(iso), kind=kind, name="test")


def year(number: int, *days: CalendarDay, state: YearState = YearState.DECIDED) -> CalendarYear:
    return CalendarYear(year=number, state=state, days=days)


def plain(*years: int) -> CalendarDefinition:
    return CalendarDefinition(version=1, years=tuple(year(number) for number in years))


def working_days_per_month(number: int) -> list[int]:
    counts = [0] * 12
    one = date(number, 1, 1)
    while one.year == number:
        counts[one.month - 1] += CALENDAR.is_working_day(one)
        one += timedelta(days=1)
    return counts


@pytest.mark.parametrize(
    ("number", "expected"), [(2022, 249), (2023, 249), (2024, 251), (2025, 250), (2026, 249)]
)
def test_a_year_has_its_published_number_of_working_days(number: int, expected: int) -> None:
    assert sum(working_days_per_month(number)) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (2024, [22, 16, 21, 19, 23, 20, 23, 22, 19, 23, 21, 22]),
        (2025, [17, 20, 21, 21, 20, 21, 23, 21, 20, 23, 20, 23]),
        (2026, [21, 15, 22, 20, 20, 22, 23, 21, 20, 22, 20, 23]),
    ],
)
def test_a_month_has_its_published_number_of_working_days(number: int, expected: list[int]) -> None:
    assert working_days_per_month(number) == expected


def test_the_reported_month_has_23_working_days() -> None:
    assert CALENDAR.working_days_between(date(2023, 5, 14), date(2023, 6, 14)) == 23


@pytest.mark.parametrize(
    ("iso", "worked"),
    [
        ("2024-04-29", False),  # a Monday swapped away
        ("2024-05-04", True),  # the Saturday that makes up for it
        ("2025-04-26", True),
        ("2025-05-02", False),
        ("2026-01-02", False),  # decided seven days before
        ("2026-01-10", True),
        ("2026-01-17", False),  # an ordinary Saturday
        ("2023-01-26", False),  # compensatory days after Tết
        ("2023-01-27", True),
    ],
)
def test_swaps_and_compensatory_days(iso: str, worked: bool) -> None:
    assert CALENDAR.is_working_day(date.fromisoformat(iso)) is worked


def test_the_first_and_the_last_day_of_the_data_are_known() -> None:
    assert not CALENDAR.is_working_day(date(2022, 1, 1))
    assert CALENDAR.is_working_day(date(2030, 12, 31))
    assert CALENDAR.working_day_on_or_after(date(2030, 12, 31)) == date(2030, 12, 31)


@given(st.dates(date(2022, 1, 1), date(2030, 12, 31)), st.integers(1, 300))
def test_the_nth_working_day_has_n_working_days_up_to_it(start: date, n: int) -> None:
    if CALENDAR.working_days_between(start, date(2030, 12, 31)) < n:
        with pytest.raises(CalendarYearMissingError) as caught:
            CALENDAR.nth_working_day_after(start, n)
        assert caught.value.extra["year"] == 2031
        return
    found = CALENDAR.nth_working_day_after(start, n)
    assert CALENDAR.is_working_day(found)
    walked = (start + timedelta(days=i) for i in range(1, (found - start).days + 1))
    assert sum(CALENDAR.is_working_day(one) for one in walked) == n
    assert CALENDAR.working_days_between(start, found) == n
    assert CALENDAR.working_days_between(found, start) == 0


@given(st.dates(date(2022, 1, 1), date(2030, 12, 30)))
def test_the_working_day_on_or_after_skips_only_days_off(start: date) -> None:
    found = CALENDAR.working_day_on_or_after(start)
    assert found >= start
    assert CALENDAR.is_working_day(found)
    assert not any(CALENDAR.is_working_day(start + timedelta(days=i)) for i in range((found - start).days))
    assert CALENDAR.next_working_day(start) > start


@pytest.mark.parametrize("outside", [date(2021, 12, 31), date(2031, 1, 1)])
def test_a_year_without_data_is_an_error_and_never_weekdays(outside: date) -> None:
    for ask in (CALENDAR.is_working_day, CALENDAR.next_working_day, CALENDAR.working_day_on_or_after):
        with pytest.raises(CalendarYearMissingError) as caught:
            ask(outside)
        assert caught.value.extra["year"] == outside.year
        assert caught.value.code == "calendar-year-missing"


def test_counting_out_of_the_data_is_an_error() -> None:
    with pytest.raises(CalendarYearMissingError):
        CALENDAR.nth_working_day_after(date(2030, 12, 30), 2)
    with pytest.raises(ValueError, match="0-th"):
        CALENDAR.nth_working_day_after(date(2023, 5, 15), 0)


@pytest.mark.parametrize(
    ("first", "last", "touches"),
    [
        (date(2026, 12, 30), date(2026, 12, 31), False),
        (date(2026, 12, 31), date(2027, 1, 4), True),
        (date(2027, 1, 1), date(2027, 1, 4), True),
        (date(2023, 1, 1), date(2026, 12, 31), False),
    ],
)
def test_a_span_knows_whether_it_touches_a_provisional_year(first: date, last: date, touches: bool) -> None:
    assert CALENDAR.touches_provisional_year(first, last) is touches


def test_the_seed_is_decided_through_2026_and_provisional_after() -> None:
    states = {known.year: known.state for known in DEFINITION.years}
    assert [number for number, state in states.items() if state is YearState.DECIDED] == [*range(2022, 2027)]
    assert [number for number, state in states.items() if state is YearState.PROVISIONAL] == [
        *range(2027, 2031)
    ]
    assert not CALENDAR.is_working_day(date(2027, 2, 8))  # Tết Đinh Mùi
    assert DEFINITION.version == 1


@pytest.mark.parametrize(
    ("number", "unknown_to_the_library"),
    [(2022, []), (2023, []), (2024, []), (2025, []), (2026, ["2026-01-02", "2026-01-10"])],
)
def test_the_provisional_source_agrees_with_what_was_announced(
    number: int, unknown_to_the_library: list[str]
) -> None:
    """Two independent sources; the swap of 2 January 2026 is known to one of them only."""
    expected = WorkingCalendar(CalendarDefinition(version=1, years=(provisional_year(number),)))
    every_day = (date(number, 1, 1) + timedelta(days=i) for i in range(365))
    differing = [d for d in every_day if expected.is_working_day(d) != CALENDAR.is_working_day(d)]
    assert [found.isoformat() for found in differing] == unknown_to_the_library


def test_a_provisional_year_tells_swaps_from_holidays() -> None:
    special = {known.date: known.kind for known in provisional_year(2024).days}
    assert special[date(2024, 4, 29)] is SWAPPED
    assert special[date(2024, 4, 30)] is HOLIDAY
    assert special[date(2024, 5, 4)] is MAKEUP


def test_a_definition_survives_json() -> None:
    assert CalendarDefinition.model_validate_json(DEFINITION.model_dump_json()) == DEFINITION


def test_a_swap_is_one_edit_and_one_version() -> None:
    edited = plain(2023, 2024).with_days(day("2024-04-29", SWAPPED), day("2024-05-04", MAKEUP))
    assert edited.version == 2
    before, after = WorkingCalendar(plain(2023, 2024)), WorkingCalendar(edited)
    assert (before.is_working_day(date(2024, 4, 29)), before.is_working_day(date(2024, 5, 4))) == (
        True,
        False,
    )
    assert (after.is_working_day(date(2024, 4, 29)), after.is_working_day(date(2024, 5, 4))) == (False, True)
    assert after.version == 2


def test_an_edit_replaces_a_day_that_is_known_already() -> None:
    once = plain(2024).with_days(day("2024-04-29"))
    twice = once.with_days(day("2024-04-29", SWAPPED))
    assert [known.kind for known in twice.year(2024).days] == [SWAPPED]
    assert [known.kind for known in once.year(2024).days] == [HOLIDAY]


def test_a_day_can_be_taken_out_again() -> None:
    edited = plain(2024).with_days(day("2024-04-29"), day("2024-04-30")).without_days(date(2024, 4, 29))
    assert [known.date for known in edited.year(2024).days] == [date(2024, 4, 30)]
    assert edited.version == 3


def test_deciding_a_year_keeps_its_days() -> None:
    decided = DEFINITION.with_decided(2027)
    assert decided.year(2027).days == DEFINITION.year(2027).days
    assert not WorkingCalendar(decided).touches_provisional_year(date(2026, 12, 1), date(2027, 12, 31))


def test_a_year_is_added_or_replaced_in_order() -> None:
    grown = plain(2024, 2025).with_year(year(2023, day("2023-05-01")))
    assert [known.year for known in grown.years] == [2023, 2024, 2025]
    assert grown.with_year(year(2023)).year(2023).days == ()


def test_an_edit_in_an_unknown_year_is_refused() -> None:
    with pytest.raises(CalendarYearMissingError):
        plain(2024).with_days(day("2025-01-01"))
    with pytest.raises(CalendarYearMissingError):
        plain(2024).without_days(date(2025, 1, 1))
    with pytest.raises(CalendarYearMissingError):
        plain(2024).with_decided(2025)


@pytest.mark.parametrize(
    ("rule", "make"),
    [
        ("calendar-years-not-consecutive", lambda: plain(2024, 2026)),
        ("calendar-years-not-consecutive", lambda: plain(2024, 2024)),
        ("calendar-day-outside-year", lambda: year(2024, day("2025-01-01"))),
        ("makeup-day-on-weekday", lambda: year(2024, day("2024-05-03", MAKEUP))),
        ("calendar-day-twice", lambda: year(2024, day("2024-05-01"), day("2024-05-01", SWAPPED))),
    ],
    ids=["a year left out", "a year twice", "another year", "a weekday made up", "a day twice"],
)
def test_a_definition_that_makes_no_sense_is_refused(rule: str, make: Callable[[], object]) -> None:
    with pytest.raises(RuleViolationError) as caught:
        make()
    place = "path:year" if rule == "calendar-years-not-consecutive" else "/days"
    assert (caught.value.extra["rule"], caught.value.extra["field"]) == (rule, place)


def test_a_definition_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValidationError):
        DEFINITION.version = 2  # type: ignore[misc]
