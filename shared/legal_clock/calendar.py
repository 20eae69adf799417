"""The working calendar of civil servants: weekdays, minus days off, plus make-up Saturdays.

`CalendarDefinition` is what an administrator edits and what travels as an event; `WorkingCalendar` is the
same, made ready for counting. Days off follow Labour Code 2019 Art. 112; single working days are swapped by
the government, as late as a week before, so every definition carries a version.
"""

from datetime import date
from enum import StrEnum
from itertools import chain, pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from shared.errors import RuleViolationError
from shared.schemas.base import Day, Schema, ShortText

SATURDAY = 5


class CalendarYearMissingError(RuleViolationError):
    """A count reached a year that the calendar says nothing about. `extra["year"]` names it."""

    def __init__(self, year: int) -> None:
        super().__init__(
            f"the working calendar has no data for {year}",
            field="/years",
            rule="calendar-year-missing",
            year=year,
        )


class DayKind(StrEnum):
    """Why a day differs from others of its weekday."""

    HOLIDAY = "holiday"
    SWAPPED_DAY_OFF = "swapped_day_off"
    MAKEUP_WORKING_DAY = "makeup_working_day"


class YearState(StrEnum):
    """Whether a year's days are decided by the authorities or only expected."""

    DECIDED = "decided"
    PROVISIONAL = "provisional"


class CalendarDay(Schema):
    """A day that is off, or a Saturday that is worked."""

    date: Day
    kind: DayKind
    name: ShortText


def _in_date_order(days: tuple[CalendarDay, ...]) -> tuple[CalendarDay, ...]:
    return tuple(sorted(days, key=lambda day: day.date))


class CalendarYear(Schema):
    """The special days of one year, in date order."""

    year: int = Field(ge=1900, le=9998)
    state: YearState
    days: Annotated[tuple[CalendarDay, ...], AfterValidator(_in_date_order)]

    @model_validator(mode="after")
    def _days_make_sense(self) -> Self:
        for day in self.days:
            if day.date.year != self.year:
                raise _broken("calendar-day-outside-year", f"{day.date} does not lie in {self.year}")
            if day.kind is DayKind.MAKEUP_WORKING_DAY and day.date.weekday() < SATURDAY:
                raise _broken("makeup-day-on-weekday", f"{day.date} is a weekday; only weekends are made up")
        for one, other in pairwise(self.days):
            if one.date == other.date:
                raise _broken("calendar-day-twice", f"{one.date} is listed twice")
        return self


class CalendarDefinition(Schema):
    """One version of the calendar, in full: consecutive years with their special days.

    Edits return the next version. A definition that makes no sense raises `RuleViolationError`, also when it
    is read from JSON.
    """

    version: int = Field(ge=1)
    years: tuple[CalendarYear, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _years_are_consecutive(self) -> Self:
        for one, other in pairwise(self.years):
            if other.year != one.year + 1:
                raise RuleViolationError(
                    f"{one.year} is followed by {other.year}",
                    field="path:year",
                    rule="calendar-years-not-consecutive",
                )
        return self

    def with_days(self, *days: CalendarDay) -> "CalendarDefinition":
        """The next version, with `days` put in or replaced: the two days of a swap belong in one edit."""
        return self._edited(days, without=())

    def without_days(self, *days: date) -> "CalendarDefinition":
        """The next version, in which `days` are like others of their weekday."""
        return self._edited((), without=days)

    def with_year(self, year: CalendarYear) -> "CalendarDefinition":
        """The next version, with `year` added or replaced."""
        kept = (known for known in self.years if known.year != year.year)
        return self._next(*kept, year)

    def with_decided(self, year: int) -> "CalendarDefinition":
        """The next version, in which `year` is decided as it stands."""
        found = self.year(year)
        return self.with_year(CalendarYear(year=year, state=YearState.DECIDED, days=found.days))

    def year(self, year: int) -> CalendarYear:
        """What is known of `year`. Raises `CalendarYearMissingError`."""
        for known in self.years:
            if known.year == year:
                return known
        raise CalendarYearMissingError(year)

    def _edited(self, days: tuple[CalendarDay, ...], *, without: tuple[date, ...]) -> "CalendarDefinition":
        touched = {day.date for day in days} | set(without)
        for day in touched:
            self.year(day.year)
        return self._next(
            *(
                CalendarYear(
                    year=year.year,
                    state=year.state,
                    days=(
                        *(day for day in year.days if day.date not in touched),
                        *(day for day in days if day.date.year == year.year),
                    ),
                )
                for year in self.years
            )
        )

    def _next(self, *years: CalendarYear) -> "CalendarDefinition":
        in_order = tuple(sorted(years, key=lambda year: year.year))
        return CalendarDefinition(version=self.version + 1, years=in_order)


class WorkingCalendar:
    """A calendar definition made ready for counting: every question is one or two list look-ups.

    Immutable. Every method raises `CalendarYearMissingError` where it would leave the years it knows.
    """

    __slots__ = ("_counted", "_first", "_provisional", "_working_days", "version", "years")

    def __init__(self, definition: CalendarDefinition) -> None:
        kinds = {day.date: day.kind for day in chain.from_iterable(year.days for year in definition.years)}
        self.version = definition.version
        self.years = range(definition.years[0].year, definition.years[-1].year + 1)
        self._provisional = frozenset(
            year.year for year in definition.years if year.state is YearState.PROVISIONAL
        )
        self._first = date(self.years[0], 1, 1).toordinal()
        self._working_days: list[date] = []
        self._counted: list[int] = []
        """For each day since the first of January of the first year: working days up to and including it."""
        for ordinal in range(self._first, date(self.years[-1] + 1, 1, 1).toordinal()):
            day = date.fromordinal(ordinal)
            kind = kinds.get(day)
            if kind is DayKind.MAKEUP_WORKING_DAY or (kind is None and day.weekday() < SATURDAY):
                self._working_days.append(day)
            self._counted.append(len(self._working_days))

    def is_working_day(self, day: date) -> bool:
        """Whether the agencies work on `day`."""
        counted = self._counted_up_to(day)
        return counted > 0 and self._working_days[counted - 1] == day

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`."""
        return self.nth_working_day_after(day, 1)

    def working_day_on_or_after(self, day: date) -> date:
        """`day` itself, or where it is off the next working day (Civil Code 2015 Art. 148(5))."""
        return day if self.is_working_day(day) else self.next_working_day(day)

    def nth_working_day_after(self, day: date, n: int) -> date:
        """The `n`-th working day after `day`, which is itself never counted; `n` is at least 1."""
        if n < 1:
            raise ValueError(f"the {n}-th working day after a day is not after it")
        index = self._counted_up_to(day) + n - 1
        if index >= len(self._working_days):
            raise CalendarYearMissingError(self.years[-1] + 1)
        return self._working_days[index]

    def working_days_between(self, after: date, until: date) -> int:
        """How many working days lie after `after`, up to and including `until`; 0 when it is not later."""
        return max(self._counted_up_to(until) - self._counted_up_to(after), 0)

    def touches_provisional_year(self, first: date, last: date) -> bool:
        """Whether a span of days, both inclusive, has a day in a year that is not decided yet."""
        return not self._provisional.isdisjoint(range(first.year, last.year + 1))

    def _counted_up_to(self, day: date) -> int:
        index = day.toordinal() - self._first
        if not 0 <= index < len(self._counted):
            raise CalendarYearMissingError(day.year)
        return self._counted[index]


def _broken(rule: str, detail: str) -> RuleViolationError:
    return RuleViolationError(detail, field="/days", rule=rule)
