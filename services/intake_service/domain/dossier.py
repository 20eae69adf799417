"""A dossier until it is accepted, and what intake remembers of it afterwards."""

from datetime import date, datetime

from shared.events.dossier import ComponentCopy, DossierFacts
from shared.schemas.base import Moment, Schema
from shared.schemas.lifecycle import Channel, DossierStatus, EventType


class Refusal(Schema):
    """What an undo or an annulment would take back."""

    sequence: int
    type: EventType
    status_before: DossierStatus
    by: str
    at: Moment


class Dossier(Schema):
    """The aggregate. `version` is its ETag and the sequence of its last history entry."""

    code: str
    version: int
    head_hash: str
    status: DossierStatus
    facts: DossierFacts
    required_components: tuple[str, ...]
    components: tuple[ComponentCopy, ...]
    owner: str | None
    """Subject of the applicant's account; none for a walk-in without one."""
    representative: str | None
    sealed: str
    filed_at: Moment
    arrived_at: Moment | None
    answer_due_at: Moment | None
    missing: tuple[str, ...] = ()
    lapses_on: date | None = None
    appointment: date | None = None
    accepted_at: Moment | None = None
    refusal: Refusal | None = None

    @property
    def waits_for_arrival(self) -> bool:
        """Sent by post and not at the desk yet: nobody can decide on it."""
        return self.facts.channel is Channel.POSTAL and self.arrived_at is None

    @property
    def not_provided(self) -> tuple[str, ...]:
        """Required components that nobody has handed in."""
        provided = {copy.component for copy in self.components}
        return tuple(code for code in self.required_components if code not in provided)

    @property
    def digitised(self) -> bool:
        """Every component has a stored copy."""
        return all(copy.digest is not None for copy in self.components)

    def answered_late(self, now: datetime) -> bool:
        """Whether an answer given now comes after the 8 working hours."""
        return self.answer_due_at is not None and now > self.answer_due_at
