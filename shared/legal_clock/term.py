"""A term (thời hạn) that is running: what it counts, what a pause leaves of it, on which day it ends.

Civil Code 2015: the day on which a term in days or months begins is not counted (Art. 147(2)); a term in
months ends on the corresponding day of its last month, or where there is none on that month's last day
(Art. 148(3)); a last day that is off moves to the next working day (Art. 148(5)); the last day lasts until
midnight (Art. 148(6)), which is why lateness compares dates.
"""

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol, assert_never

from shared.clock import local_date
from shared.legal_clock.calendar import WorkingCalendar
from shared.legal_clock.duration import Duration, DurationUnit
from shared.legal_clock.working_hours import (
    WorkingHours,
    add_working_hours,
    start_of_day,
    working_time_after,
)


class Term(Protocol):
    """A running term. Immutable; every method returns another."""

    @property
    def due_on(self) -> date:
        """The working day on which the term ends."""

    @property
    def due_at(self) -> datetime | None:
        """The UTC moment at which it ends, for a term in hours."""

    def restarted(self, ended_on: date) -> "Term":
        """The whole term again, counted after `ended_on`."""

    def resumed(self, asked_on: date, ended_on: date) -> "Term":
        """What was left after `asked_on`, which lies before the due date, counted after `ended_on`."""

    def extended_to(self, day: date) -> "Term":
        """The same, ending on `day`, a working day that is not earlier than the due date."""


def start_term(
    duration: Duration, accepted_at: datetime, calendar: WorkingCalendar, hours: WorkingHours
) -> Term:
    """The term of a dossier that was accepted at `accepted_at` (aware)."""
    amount = duration.amount
    match duration.unit:
        case DurationUnit.WORKING_DAY:
            return WorkingDayTerm(calendar, amount, local_date(accepted_at), amount)
        case DurationUnit.CALENDAR_DAY | DurationUnit.MONTH:
            return PeriodTerm(calendar, duration, _end_of_period(duration, local_date(accepted_at)))
        case DurationUnit.WORKING_HOUR:
            whole = timedelta(hours=amount)
            return HourTerm(calendar, hours, whole, add_working_hours(accepted_at, whole, calendar, hours))
        case _:
            assert_never(duration.unit)


@dataclass(frozen=True, slots=True)
class WorkingDayTerm:
    """So many working days, `left` of which come after the day `after`."""

    calendar: WorkingCalendar
    whole: int
    after: date
    left: int

    @property
    def due_on(self) -> date:
        return self.calendar.nth_working_day_after(self.after, self.left)

    @property
    def due_at(self) -> None:
        return None

    def restarted(self, ended_on: date) -> "WorkingDayTerm":
        return replace(self, after=ended_on, left=self.whole)

    def resumed(self, asked_on: date, ended_on: date) -> "WorkingDayTerm":
        return replace(self, after=ended_on, left=self.calendar.working_days_between(asked_on, self.due_on))

    def extended_to(self, day: date) -> "WorkingDayTerm":
        return replace(self, left=self.calendar.working_days_between(self.after, day))


@dataclass(frozen=True, slots=True)
class PeriodTerm:
    """Calendar days or months, running out on `end`, be it a working day or not."""

    calendar: WorkingCalendar
    whole: Duration
    end: date

    @property
    def due_on(self) -> date:
        return self.calendar.working_day_on_or_after(self.end)

    @property
    def due_at(self) -> None:
        return None

    def restarted(self, ended_on: date) -> "PeriodTerm":
        return replace(self, end=_end_of_period(self.whole, ended_on))

    def resumed(self, asked_on: date, ended_on: date) -> "PeriodTerm":
        # While the due date lies ahead it is itself still left, even when the period ran out on a day off.
        left = max(self.end - asked_on, timedelta(days=1))
        # Months differ in length: what is left of a long one is never more than the whole counted anew.
        return replace(self, end=min(ended_on + left, _end_of_period(self.whole, ended_on)))

    def extended_to(self, day: date) -> "PeriodTerm":
        return replace(self, end=day)


@dataclass(frozen=True, slots=True)
class HourTerm:
    """Working hours, running out at `due_at`."""

    calendar: WorkingCalendar
    hours: WorkingHours
    whole: timedelta
    due_at: datetime

    @property
    def due_on(self) -> date:
        return local_date(self.due_at)

    def restarted(self, ended_on: date) -> "HourTerm":
        return self._after(ended_on, self.whole)

    def resumed(self, asked_on: date, ended_on: date) -> "HourTerm":
        return self._after(ended_on, working_time_after(asked_on, self.due_at, self.calendar, self.hours))

    def extended_to(self, day: date) -> "HourTerm":
        return replace(self, due_at=self.due_at + (day - self.due_on))

    def _after(self, day: date, work: timedelta) -> "HourTerm":
        opening = start_of_day(day + timedelta(days=1))
        return replace(self, due_at=add_working_hours(opening, work, self.calendar, self.hours))


def _end_of_period(duration: Duration, after: date) -> date:
    if duration.unit is DurationUnit.CALENDAR_DAY:
        return after + timedelta(days=duration.amount)
    years, month = divmod(after.month - 1 + duration.amount, 12)
    year, month = after.year + years, month + 1
    return date(year, month, min(after.day, monthrange(year, month)[1]))
