"""What a plan consists of: lives of dossiers, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from services.console.scenario.timeline import CalendarEdit
from shared.schemas.base import AgencyCode, ProcedureCode
from shared.schemas.lifecycle import Action, Channel, HandOverMeans, Role


class Outcome(StrEnum):
    """Where a received dossier stands at the end of the period, in words of the report."""

    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"
    UNDATED = "undated"
    SENT_BACK = "sent_back"
    WITHDRAWN = "withdrawn"
    IN_TIME = "in_time"
    OVERDUE = "overdue"
    UNDATED_OPEN = "undated_open"
    AWAITING_SUPPLEMENT = "awaiting_supplement"
    AWAITING_PAYMENT = "awaiting_payment"
    NOT_ACCEPTED = "not_accepted"
    """Refused or cancelled at intake: beside the report's total."""


RESOLVED = frozenset({Outcome.EARLY, Outcome.ON_TIME, Outcome.LATE, Outcome.UNDATED})
CLOSED = frozenset({Outcome.SENT_BACK, Outcome.WITHDRAWN})


class Step(NamedTuple):
    """One act on a dossier."""

    at: datetime
    """The tick at which it happens; steps of one tick happen in their order."""
    action: Action
    role: Role
    note: str | date | None = None
    """What a counter decides when filing, an apology's new date, a reason's code, the means of hand-over.
    A result that is taken back is marked, for it is another document than the one that stands."""


@dataclass(frozen=True, slots=True)
class Life:
    """Everything that happens to one dossier, in order."""

    number: int
    """1, 2, 3 ...: with the scenario it names the life for ever."""
    agency: AgencyCode
    procedure: ProcedureCode
    case: str
    channel: Channel
    outcome: Outcome
    carried_over: bool
    steps: tuple[Step, ...]
    accepted_on: date | None
    closed_on: date | None
    due_on: date | None
    """The appointment of record at the end of the period, or when it was closed."""
    return_by: HandOverMeans
    """How the applicant wants the result."""


class Turn(NamedTuple):
    """What happens to one life at one tick: its steps from `begin` up to but without `end`."""

    life: Life
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Plan:
    """All lives of a scenario."""

    scenario: str
    seed: int
    lives: Sequence[Life]
    edit: CalendarEdit | None

    def ticks(self) -> list[tuple[datetime, list[Turn]]]:
        """The moments at which something happens, in order, with the turns of each."""
        by_moment: dict[datetime, list[Turn]] = {}
        if self.edit:
            by_moment[self.edit.at] = []
        for life in self.lives:
            steps = life.steps
            begin = 0
            for end in range(1, len(steps) + 1):
                if end == len(steps) or steps[end].at != steps[begin].at:
                    by_moment.setdefault(steps[begin].at, []).append(Turn(life, begin, end))
                    begin = end
        return sorted(by_moment.items(), key=lambda tick: tick[0])
