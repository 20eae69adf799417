"""The appointment of record: the date that a dossier's result was promised for and is measured against.

Counting is `shared.legal_clock.term`; here is what pauses and newer calendars do to it.

- Days after the request, up to and including the day of the supplement or the payment, do not count.
- A supplement starts the term anew (`restart`, the words of Decree 61/2018 Art. 19) or lets it go on with
  what was left (`resume`); a payment always lets it go on.
- A pause asked for after the appointment moves nothing, under either policy: lateness cannot be laundered.
- A newer calendar never makes a promise that was given earlier.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from itertools import count
from operator import itemgetter

from shared.clock import local_date
from shared.legal_clock.calendar import WorkingCalendar
from shared.legal_clock.duration import Duration
from shared.legal_clock.promise import moved_by_calendar
from shared.legal_clock.term import Term, start_term
from shared.legal_clock.working_hours import OFFICE_HOURS, WorkingHours
from shared.schemas.lifecycle import PausePolicy


class PauseKind(StrEnum):
    """What a dossier waits for."""

    SUPPLEMENT = "supplement"
    PAYMENT = "payment"


@dataclass(frozen=True, slots=True)
class Pause:
    """A wait for the citizen. Moments are aware; only their Vietnamese dates count.

    `ended_at` is the legal moment (the payment was made, the supplement arrived), none while the wait lasts.
    A request that was cancelled has policy `resume`: no supplement came that a term could start anew from.
    """

    kind: PauseKind
    asked_at: datetime
    ended_at: datetime | None = None
    policy: PausePolicy = PausePolicy.RESUME

    @property
    def asked_on(self) -> date:
        """The last day that counts before the wait."""
        return local_date(self.asked_at)

    @property
    def over_at(self) -> datetime | None:
        """The end of the wait; what came before it was asked for ends it at once. None while it lasts."""
        return None if self.ended_at is None else max(self.asked_at, self.ended_at)

    @property
    def restarts(self) -> bool:
        """Whether the term starts anew when the wait is over."""
        return self.kind is PauseKind.SUPPLEMENT and self.policy is PausePolicy.RESTART


@dataclass(frozen=True, slots=True)
class CalendarChange:
    """From `at` (aware) on the dossier's appointment is computed with another version of the calendar."""

    at: datetime
    calendar: WorkingCalendar
    after: int = 0
    """How many beginnings and ends of pauses had happened, which tells the order where moments are equal."""


def happenings(pauses: Sequence[Pause]) -> int:
    """How many beginnings and ends these pauses have."""
    return sum(1 if pause.ended_at is None else 2 for pause in pauses)


@dataclass(frozen=True, slots=True)
class Appointment:
    """The appointment of record as it stands."""

    due_on: date
    """Always a working day."""
    due_at: datetime | None
    """The UTC moment, for durations in working hours. Lateness is a matter of `due_on` all the same."""
    calendar_version: int
    provisional: bool
    """It touches a year that is not decided yet, and is computed again when it is."""


def appointment(
    duration: Duration | None,
    accepted_at: datetime,
    calendar: WorkingCalendar,
    pauses: Sequence[Pause] = (),
    hours: WorkingHours = OFFICE_HOURS,
    changes: Sequence[CalendarChange] = (),
) -> Appointment | None:
    """The appointment of record after everything that happened to a dossier; none without a duration.

    All moments are aware. `calendar` is the version that the appointment was first computed with; `changes`
    are the newer ones with which it was computed again. `pauses` are in the order in which they were asked
    for; they do not overlap, and only the last may still be open: it moves nothing yet.

    Raises `CalendarYearMissingError` where a calendar ends too early, `ValueError` for an impossible history.
    """
    if duration is None:
        return None
    _check_history(accepted_at, pauses)
    record = _Record(duration, accepted_at, calendar, hours)
    history: list[tuple[datetime, int, Callable[[], None]]] = [
        (change.at, change.after, partial(record.use, change.calendar)) for change in changes
    ]
    number = count()
    for pause in pauses:
        history.append((pause.asked_at, next(number), partial(record.ask, pause)))
        if pause.over_at is not None:
            ended_on = local_date(pause.over_at)
            history.append((pause.over_at, next(number), partial(record.end, pause, ended_on)))
    for *_, happen in sorted(history, key=itemgetter(0, 1)):
        happen()
    return record.stands()


class _Record:
    """The appointment as it stands while the history of a dossier is read forward."""

    def __init__(
        self, duration: Duration, accepted_at: datetime, calendar: WorkingCalendar, hours: WorkingHours
    ) -> None:
        self._start = partial(start_term, duration, accepted_at, hours=hours)
        self._accepted_on = local_date(accepted_at)
        self._calendar = calendar
        self._term = self._start(calendar=calendar)
        self._asked_in_time = False
        self._pauses: list[tuple[Pause, date]] = []

    def ask(self, pause: Pause) -> None:
        self._asked_in_time = pause.asked_on <= self._term.due_on

    def end(self, pause: Pause, ended_on: date) -> None:
        if self._asked_in_time:
            self._pauses.append((pause, ended_on))
            self._become(_after_pause(self._term, pause, ended_on))

    def use(self, calendar: WorkingCalendar) -> None:
        self._calendar = calendar
        term = self._start(calendar=calendar)
        for pause, ended_on in self._pauses:
            term = _after_pause(term, pause, ended_on)
        self._become(term)

    def stands(self) -> Appointment:
        due_on = self._term.due_on
        return Appointment(
            due_on=due_on,
            due_at=self._term.due_at,
            calendar_version=self._calendar.version,
            provisional=self._calendar.touches_provisional_year(self._accepted_on, due_on),
        )

    def _become(self, term: Term) -> None:
        """The new term holds, except that a promise which was given earlier never becomes earlier."""
        due_on = moved_by_calendar(self._term.due_on, term.due_on, self._calendar)
        self._term = term if due_on == term.due_on else term.extended_to(due_on)


def _after_pause(term: Term, pause: Pause, ended_on: date) -> Term:
    if pause.restarts:
        return term.restarted(ended_on)
    if pause.asked_on < term.due_on:
        return term.resumed(pause.asked_on, ended_on)
    return term  # asked for on the last day: nothing was left


def _check_history(accepted_at: datetime, pauses: Sequence[Pause]) -> None:
    if accepted_at.tzinfo is None:
        raise ValueError("a moment without a time zone names no moment")
    free_from: datetime | None = accepted_at
    for pause in pauses:
        if free_from is None or pause.asked_at < free_from:
            raise ValueError(f"the pause asked for at {pause.asked_at} overlaps what was before")
        free_from = pause.over_at
