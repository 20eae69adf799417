"""The appointment of record of a case, computed by the legal clock from the case's own history."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from services.processing_service.domain.acting import acting
from services.processing_service.domain.case import CalendarUse, Case
from shared.events.dossier import AppointmentMoved
from shared.legal_clock.appointment import Appointment, CalendarChange, Pause, appointment, happenings
from shared.legal_clock.calendar import WorkingCalendar
from shared.lifecycle import Transition
from shared.principal import Grant


class Calendars(Protocol):
    """Every version of the working calendar."""

    @property
    def latest(self) -> WorkingCalendar: ...

    def version(self, number: int) -> WorkingCalendar:
        """Raises `UnavailableError` for one that is not here yet."""


def of_record(case: Case, calendars: Calendars) -> Appointment | None:
    """The appointment as the history of the case makes it; none without a duration."""
    return appointment(
        case.facts.committed,
        case.accepted_at,
        calendars.version(case.calendar_version),
        case.pauses,
        changes=[
            CalendarChange(use.at, calendars.version(use.version), use.after) for use in case.calendar_changes
        ],
    )


def _with_latest_calendar(case: Case, calendars: Calendars, now: datetime, after: int) -> Case:
    """The case with its appointment computed by the newest calendar from now on: after so many beginnings
    and ends of its pauses."""
    latest = calendars.latest.version
    changes = case.calendar_changes
    if latest > case.current_calendar:
        changes = (*changes, CalendarUse(at=now, version=latest, after=after))
    moved = case.model_copy(update={"calendar_changes": changes, "calendar_checked": latest})
    record = of_record(moved, calendars)
    if record is None:
        return moved
    return moved.model_copy(
        update={"due_on": record.due_on, "due_at": record.due_at, "provisional": record.provisional}
    )


def with_pauses(case: Case, pauses: Sequence[Pause], calendars: Calendars, now: datetime) -> Case:
    """The case after the last of its pauses ended: the newest calendar holds from there."""
    paused = case.model_copy(update={"pauses": tuple(pauses)})
    return _with_latest_calendar(paused, calendars, now, happenings(pauses) - 1)


def moved_from(case: Case, after: Case) -> dict[str, Any]:
    """What an event says of an appointment that was computed again."""
    return {
        "appointment": after.due_on,
        "appointment_at": after.due_at,
        "previous_appointment": case.due_on,
        "provisional": after.provisional,
        "calendar_version": after.current_calendar,
    }


def recompute(
    case: Case, transition: Transition, grant: Grant, *, calendars: Calendars, now: datetime
) -> tuple[Case, AppointmentMoved]:
    """A newer calendar holds. A promise that was given never becomes earlier."""
    after = _recomputed(case, calendars, now)
    event = AppointmentMoved(**acting(case, transition, grant, case.status), **moved_from(case, after))
    return after, event


def calendar_moves(case: Case, calendars: Calendars, now: datetime) -> bool:
    """Whether the newest calendar makes another appointment, or a certain one of a provisional one."""
    after = _recomputed(case, calendars, now)
    return (after.due_on, after.due_at, after.provisional) != (case.due_on, case.due_at, case.provisional)


def _recomputed(case: Case, calendars: Calendars, now: datetime) -> Case:
    return _with_latest_calendar(case, calendars, now, happenings(case.pauses))
