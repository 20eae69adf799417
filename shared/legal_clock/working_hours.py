"""Counting in working hours: short procedures, and the duty to answer a filing.

Terms in hours run from the very moment (Civil Code 2015 Art. 147(1)), but only while the agency is open.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Self

from pydantic import Field, model_validator

from shared.clock import VIETNAM
from shared.errors import RuleViolationError
from shared.legal_clock.calendar import WorkingCalendar
from shared.schemas.base import Schema

ANSWERING_DUTY = timedelta(hours=8)
"""Working time in which a filing is accepted, sent back for completion or refused (Decree 45/2020)."""

_NOTHING = timedelta(0)


class Shift(Schema):
    """An unbroken stretch of a working day, in Vietnamese wall-clock time."""

    opens: time
    closes: time


class WorkingHours(Schema):
    """When an agency works on a working day: one or more shifts in order, the same every day."""

    shifts: tuple[Shift, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _shifts_follow_each_other(self) -> Self:
        edges = [edge for shift in self.shifts for edge in (shift.opens, shift.closes)]
        if any(later <= earlier for earlier, later in pairwise(edges)):
            raise RuleViolationError(
                "shifts must not be empty and must follow each other",
                field="/shifts",
                rule="shifts-out-of-order",
            )
        return self

    @cached_property
    def per_day(self) -> timedelta:
        """Working time of one working day."""
        return self.worked_by(timedelta(days=1))

    def worked_by(self, time_of_day: timedelta) -> timedelta:
        """Working time of a working day that has passed when it is `time_of_day` after midnight."""
        return sum((_clamp(time_of_day - opens, closes - opens) for opens, closes in self._edges), _NOTHING)

    def time_of_day(self, worked: timedelta) -> timedelta:
        """The earliest time after midnight by which `worked` has passed; more than nothing, at most a day."""
        for opens, closes in self._edges:
            if worked <= closes - opens:
                return opens + worked
            worked -= closes - opens
        raise ValueError("a working day is not that long")

    @cached_property
    def _edges(self) -> tuple[tuple[timedelta, timedelta], ...]:
        return tuple((_since_midnight(shift.opens), _since_midnight(shift.closes)) for shift in self.shifts)


OFFICE_HOURS = WorkingHours(
    shifts=(Shift(opens=time(7, 30), closes=time(11, 30)), Shift(opens=time(13, 30), closes=time(17, 30)))
)
"""What holds for an agency that has set no hours of its own."""


def add_working_hours(
    start: datetime, work: timedelta, calendar: WorkingCalendar, hours: WorkingHours = OFFICE_HOURS
) -> datetime:
    """The UTC moment at which `work` (more than nothing) has been worked since `start`.

    What starts outside the agency's hours starts when it next opens; what would end at an opening ends at the
    closing before. `start` is aware. Raises `CalendarYearMissingError`.
    """
    day, time_of_day = _local(start)
    worked = hours.worked_by(time_of_day)
    if not calendar.is_working_day(day):
        day, worked = calendar.next_working_day(day), _NOTHING
    days, rest = divmod(worked + work, hours.per_day)
    if not rest:
        days, rest = days - 1, hours.per_day
    if days:
        day = calendar.nth_working_day_after(day, days)
    return _moment(day, hours.time_of_day(rest))


def working_time_after(
    day: date, until: datetime, calendar: WorkingCalendar, hours: WorkingHours
) -> timedelta:
    """Working time after the end of `day` up to `until`, which lies on a later working day."""
    last_day, time_of_day = _local(until)
    days_before_last = calendar.working_days_between(day, last_day) - 1
    return days_before_last * hours.per_day + hours.worked_by(time_of_day)


def answer_due(start: datetime, calendar: WorkingCalendar, hours: WorkingHours = OFFICE_HOURS) -> datetime:
    """The UTC moment by which a dossier filed, completed or brought to the desk at `start` is answered."""
    return add_working_hours(start, ANSWERING_DUTY, calendar, hours)


def start_of_day(day: date) -> datetime:
    """Vietnamese midnight at which `day` begins, in UTC."""
    return _moment(day, _NOTHING)


def _local(moment: datetime) -> tuple[date, timedelta]:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone names no moment")
    local = moment.astimezone(VIETNAM)
    return local.date(), _since_midnight(local.time())


def _moment(day: date, time_of_day: timedelta) -> datetime:
    return (datetime.combine(day, time.min, VIETNAM) + time_of_day).astimezone(UTC)


def _since_midnight(clock: time) -> timedelta:
    return timedelta(
        hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond
    )


def _clamp(span: timedelta, longest: timedelta) -> timedelta:
    return min(max(span, _NOTHING), longest)
