"""Business time of a scenario: working days in halves, and when dossiers are due.

The clock stands still between ticks, so everything of a half-day happens at its tick. A *slot* is a half-day,
counted from the first working day that may matter; slot 2n is the morning of day n.
"""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.console.scenario.schema import Period
from shared.clock import local_time
from shared.legal_clock.appointment import CalendarChange, Pause, PauseKind, appointment
from shared.legal_clock.calendar import CalendarDay, CalendarDefinition, DayKind, WorkingCalendar
from shared.legal_clock.duration import Duration
from shared.schemas.lifecycle import PausePolicy

_LOOK_BACK_DAYS = 120
_HOURS = (9, 15)
_DAY = timedelta(days=1)


class PeriodWithoutWorkError(Exception):
    """No agency works on any day of the period."""


class Timeline:
    """The slots of a period and of the weeks before it."""

    def __init__(self, period: Period, calendar: WorkingCalendar) -> None:
        known_from = max(period.first - timedelta(days=_LOOK_BACK_DAYS), date(calendar.years[0], 1, 1))
        self.days = [day for day in _span(known_from, period.last) if calendar.is_working_day(day)]
        self.period = period
        self.first_day = bisect_left(self.days, period.first)
        self.last_day = len(self.days) - 1
        if self.first_day > self.last_day:
            raise PeriodWithoutWorkError(f"no working day from {period.first} to {period.last}")
        self.start = 2 * self.first_day
        """The first slot of the period."""
        self.end = 2 * self.last_day + 1
        """The last slot of the period."""
        self._moments = [local_time(day, hour) for day in self.days for hour in _HOURS]

    def moment(self, slot: int) -> datetime:
        """The tick of a slot."""
        return self._moments[slot]

    def day(self, slot: int) -> date:
        """The day of a slot."""
        return self.days[slot // 2]

    def slots_of(self, day: date) -> int:
        """The morning slot of a working day; of a later day, a slot after the end."""
        return 2 * bisect_left(self.days, day)

    def evening_off_before(self, slot: int) -> datetime | None:
        """The evening of the last day off right before a slot's morning, if it follows one."""
        if slot % 2 or slot < 2:
            return None
        day_off = self.day(slot) - _DAY
        return local_time(day_off, 20) if day_off > self.day(slot - 1) else None


@dataclass(frozen=True, slots=True)
class CalendarEdit:
    """An administrator's edit of the calendar in the middle of the period."""

    at: datetime
    """Before everything else that happens at this tick."""
    day: CalendarDay
    """A day off after the period: no dossier that is resolved in it changes sides."""


def planned_edit(timeline: Timeline, calendar: WorkingCalendar) -> CalendarEdit:
    """A provincial day off on the third working day after the period, decided in the middle of it."""
    middle = 2 * ((timeline.first_day + timeline.last_day) // 2)
    day_off = calendar.nth_working_day_after(timeline.period.last, 3)
    name = "Nghỉ theo quyết định của Ủy ban nhân dân tỉnh"
    return CalendarEdit(
        at=timeline.moment(middle), day=CalendarDay(date=day_off, kind=DayKind.HOLIDAY, name=name)
    )


class DueDates:
    """Appointments of record under the calendars that hold in the scenario."""

    def __init__(self, timeline: Timeline, definition: CalendarDefinition, *, edited: bool) -> None:
        self._timeline = timeline
        self.calendar = WorkingCalendar(definition)
        self.edit = planned_edit(timeline, self.calendar) if edited else None
        self.newest = WorkingCalendar(definition.with_days(self.edit.day)) if self.edit else self.calendar
        """The calendar after the edit."""
        self._known: dict[tuple[object, ...], date | None] = {}

    def due(
        self,
        duration: Duration | None,
        accepted: int,
        pause: PauseKind | None = None,
        policy: PausePolicy = PausePolicy.RESUME,
        asked: int = 0,
        answered: int = 0,
        *,
        closed: int | None = None,
    ) -> date | None:
        """The appointment of a dossier by its slots; `closed` is when it stopped being open."""
        moves = self._edit_moves(accepted, closed)
        key = (duration and (duration.amount, duration.unit), accepted, pause, policy, asked, answered, moves)
        if key not in self._known:
            pauses = [self._pause(pause, policy, asked, answered)] if pause else []
            stands = appointment(
                duration,
                self._timeline.moment(accepted),
                self._calendar_at(accepted),
                pauses,
                changes=[CalendarChange(self.edit.at, self.newest)] if self.edit and moves else [],
            )
            self._known[key] = stands.due_on if stands else None
        return self._known[key]

    def _pause(self, kind: PauseKind, policy: PausePolicy, asked: int, answered: int) -> Pause:
        return Pause(kind, self._timeline.moment(asked), self._timeline.moment(answered), policy)

    def _calendar_at(self, accepted: int) -> WorkingCalendar:
        return self.newest if self.edit and self._timeline.moment(accepted) >= self.edit.at else self.calendar

    def _edit_moves(self, accepted: int, closed: int | None) -> bool:
        if self.edit is None or self._timeline.moment(accepted) >= self.edit.at:
            return False
        return closed is None or self._timeline.moment(closed) >= self.edit.at


def _span(first: date, last: date) -> list[date]:
    return [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
