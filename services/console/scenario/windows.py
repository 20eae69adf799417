"""When a dossier may be accepted, paused and finished so that it ends where the report counts it."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from services.console.scenario.lives import RESOLVED, Outcome
from services.console.scenario.timeline import DueDates, Timeline
from shared.legal_clock.appointment import PauseKind
from shared.legal_clock.duration import Duration
from shared.schemas.lifecycle import PausePolicy

_NEVER = 1 << 30
_UNTOUCHED = frozenset({Outcome.IN_TIME, Outcome.OVERDUE, Outcome.UNDATED_OPEN})


class Window(NamedTuple):
    """One way to live, in slots. `first` to `last` is when it is finished, or asked for what it awaits."""

    accepted: int
    asked: int
    answered: int
    """0 without a pause that was answered."""
    first: int
    last: int
    """-1 for what stays open untouched."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What a window is wanted for."""

    duration: Duration | None
    carried_over: bool
    outcome: Outcome
    pause: PauseKind | None = None
    policy: PausePolicy = PausePolicy.RESUME


class Windows:
    """All windows of a scenario, by demand; computed once each by the legal clock."""

    def __init__(self, timeline: Timeline, due_dates: DueDates, random: Random) -> None:
        self._timeline = timeline
        self._due_dates = due_dates
        self._random = random
        self._known: dict[Demand, dict[int, list[Window]]] = {}
        self._due_slots: dict[Duration | None, list[int]] = {}
        """For each duration and slot of acceptance, without pauses."""

    def by_day(self, demand: Demand) -> dict[int, list[Window]]:
        """The windows of a demand by the day of acceptance; empty when the demand cannot be met."""
        if demand not in self._known:
            windows = list(self._all(demand))
            if demand.outcome in RESOLVED:
                windows = [window for window in windows if window.last < self._timeline.end] or windows
            days: dict[int, list[Window]] = {}
            for window in windows:
                days.setdefault(window.accepted // 2, []).append(window)
            self._known[demand] = days
        return self._known[demand]

    def _all(self, demand: Demand) -> Iterator[Window]:
        line = self._timeline
        slots = range(line.start) if demand.carried_over else range(line.start, line.end + 1)
        for accepted in slots:
            for asked, answered in self._pauses(demand, accepted):
                span = self._span(demand, accepted, asked, answered)
                if span is not None:
                    yield Window(accepted, asked, answered, *span)

    def _pauses(self, demand: Demand, accepted: int) -> Iterator[tuple[int, int]]:
        if demand.pause is None:
            yield 0, 0
            return
        asked = accepted + self._random.randint(1, 4)
        answered = asked + self._random.randint(2, 9)
        if answered <= self._timeline.end and asked <= self._due(demand, accepted) + 1:
            yield asked, answered

    def _due(self, demand: Demand, accepted: int, asked: int = 0, answered: int = 0) -> int:
        """The morning slot of the appointment."""
        if answered:
            due = self._due_dates.due(demand.duration, accepted, demand.pause, demand.policy, asked, answered)
            return _NEVER if due is None else self._timeline.slots_of(due)
        if demand.duration not in self._due_slots:
            self._due_slots[demand.duration] = [
                _NEVER if due is None else self._timeline.slots_of(due)
                for slot in range(self._timeline.end + 1)
                for due in (self._due_dates.due(demand.duration, slot),)
            ]
        return self._due_slots[demand.duration][accepted]

    def _span(self, demand: Demand, accepted: int, asked: int, answered: int) -> tuple[int, int] | None:
        """From which to which slot the last act may happen; -1 where none does; none where it cannot be."""
        due = self._due(demand, accepted, asked, answered)
        if demand.outcome in _UNTOUCHED:
            return (-1, -1) if self._stays(demand.outcome, due) else None
        line = self._timeline
        first, last = self._ends(demand.outcome, due, max(accepted, answered) + 1)
        # Where it can be, the last afternoon is left free: what is resolved then cannot go to the post.
        latest = line.end - 1 if demand.outcome in RESOLVED and first < line.end else line.end
        last = min(last, latest)
        return (first, last) if first <= last else None

    def _stays(self, outcome: Outcome, due: int) -> bool:
        """Whether a dossier due then is open as wanted when the period ends."""
        end_of_period = self._timeline.slots_of(self._timeline.period.last)
        if due == _NEVER:
            return outcome is Outcome.UNDATED_OPEN
        return outcome is (Outcome.OVERDUE if due < end_of_period else Outcome.IN_TIME)

    def _ends(self, outcome: Outcome, due: int, earliest: int) -> tuple[int, int]:
        line = self._timeline
        in_period = max(earliest, line.start)
        match outcome:
            case Outcome.AWAITING_SUPPLEMENT | Outcome.AWAITING_PAYMENT:
                return earliest, due + 1
            case Outcome.EARLY:
                return in_period, due - 1 if due < _NEVER else -1
            case Outcome.ON_TIME:
                return max(in_period, due), due + 1
            case Outcome.LATE:
                return max(in_period, due + 2), line.end
            case Outcome.UNDATED:
                return in_period, line.end if due == _NEVER else -1
            case Outcome.SENT_BACK | Outcome.WITHDRAWN:
                return in_period, due + 1
            case _:
                raise ValueError(f"{outcome} has no end in the period")
