"""A lifecycle as one table: which action leads from which status where, who may do it, what it is called.

Each service declares its table in `domain/lifecycle.py`; the API's allowed actions, the 409 answers, the docs
and the tests are all derived from it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from shared.schemas.lifecycle import Action, DossierStatus, EventType, Role


class Next(Enum):
    """Targets that depend on the dossier."""

    SAME = "same"
    PREVIOUS = "previous"
    """The status before, derived from history."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table."""

    action: Action
    sources: frozenset[DossierStatus]
    roles: frozenset[Role]
    target: DossierStatus | Next
    event: EventType
    reason_required: bool = False


class Lifecycle:
    """The table, looked up by status and action."""

    def __init__(self, transitions: Iterable[Transition]) -> None:
        self.transitions = tuple(transitions)
        self._table = {
            (source, transition.action): transition
            for transition in self.transitions
            for source in transition.sources
        }

    def find(self, status: DossierStatus, action: Action) -> Transition | None:
        """The row for `action` in `status`; none when the status does not allow it."""
        return self._table.get((status, action))

    def actions(self, status: DossierStatus) -> tuple[Action, ...]:
        """What the status allows, whoever asks, in the order of the table."""
        return tuple(t.action for t in self.transitions if status in t.sources)
