"""What holds of a promise once it is given: when it is kept, and how it may change."""

from datetime import date
from enum import StrEnum

from shared.errors import RuleViolationError
from shared.legal_clock.calendar import WorkingCalendar


class Timeliness(StrEnum):
    """How a finish date compares with the appointment of record: trước hạn, đúng hạn, quá hạn, không hẹn."""

    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"
    UNDATED = "undated"


def timeliness(finished_on: date, due_on: date | None) -> Timeliness:
    """Compares local dates, never hours: a term lasts until midnight (Civil Code 2015 Art. 148(6))."""
    if due_on is None:
        return Timeliness.UNDATED
    if finished_on < due_on:
        return Timeliness.EARLY
    return Timeliness.ON_TIME if finished_on == due_on else Timeliness.LATE


def is_late(finished_on: date, due_on: date | None) -> bool:
    """Whether the appointment of record was missed; an open dossier is asked with the day of asking."""
    return timeliness(finished_on, due_on) is Timeliness.LATE


def moved_by_calendar(promised_on: date, computed_on: date, calendar: WorkingCalendar) -> date:
    """The appointment after a calendar change: the later of the two dates, moved to a working day."""
    return calendar.working_day_on_or_after(max(promised_on, computed_on))


def check_new_promise(promised_on: date, due_on: date, today: date, calendar: WorkingCalendar) -> None:
    """An apology (Form 04) promises a working day that lies ahead and after the appointment of record.

    Raises `RuleViolationError` otherwise.
    """
    if promised_on <= max(due_on, today):
        raise RuleViolationError(
            f"the new date has to be later than {max(due_on, today)}",
            field="/promised_on",
            rule="promise-not-later",
        )
    if not calendar.is_working_day(promised_on):
        raise RuleViolationError(
            f"{promised_on} is not a working day", field="/promised_on", rule="promise-on-day-off"
        )
