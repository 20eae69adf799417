"""A case: a dossier from its acceptance on, as processing keeps it."""

from datetime import date

from shared.clock import local_date
from shared.events.dossier import ComponentCopy, DossierFacts
from shared.legal_clock.appointment import Pause
from shared.schemas.base import Digest, Moment, Schema
from shared.schemas.lifecycle import OPEN_STATUSES, DossierStatus, EventType


class CalendarUse(Schema):
    """From `at` on the appointment of record is computed with this version of the calendar."""

    at: Moment
    version: int
    after: int = 0
    """How many beginnings and ends of pauses the case had then."""


class OpenSupplement(Schema):
    """What the applicant was asked for and has not given yet."""

    missing: tuple[str, ...]
    respond_by: date


class OpenPayment(Schema):
    """What the applicant has to pay."""

    amount: int
    """Dong."""


class Closing(Schema):
    """The decision that an undo or an annulment would take back."""

    sequence: int
    type: EventType
    status_before: DossierStatus
    by: str
    at: Moment
    undo_until: Moment


class Case(Schema):
    """The aggregate. `version` is its ETag and the sequence of its last history entry.

    A decision leaves what it ended as it was (a pause, a question, a wish to withdraw), so that taking the
    decision back finds it there.
    """

    code: str
    version: int
    head_hash: str
    status: DossierStatus
    facts: DossierFacts
    owner: str | None
    """Subject of the applicant's account; none for a walk-in without one."""
    representative: str | None
    accepted_at: Moment
    calendar_version: int
    """What the appointment was first computed with."""
    calendar_changes: tuple[CalendarUse, ...] = ()
    calendar_checked: int = 0
    """The newest version of which it is known that it changes nothing, or that was applied."""
    due_on: date | None
    """The appointment of record; none for a procedure without a duration."""
    due_at: Moment | None = None
    provisional: bool = False
    pauses: tuple[Pause, ...] = ()
    before_pause: DossierStatus | None = None
    before_withdrawal: DossierStatus | None = None
    supplement_requests: int = 0
    supplement: OpenSupplement | None = None
    supplied: tuple[ComponentCopy, ...] = ()
    """Components that came after acceptance."""
    payment: OpenPayment | None = None
    promised_on: date | None = None
    """The new promise of an apology."""
    assignee: str | None = None
    results: tuple[Digest, ...] = ()
    dispatches: int = 0
    """How often the post took the present result over."""
    with_post: bool = False
    closing: Closing | None = None

    @property
    def is_open(self) -> bool:
        """Neither decided nor closed."""
        return self.status in OPEN_STATUSES

    @property
    def current_calendar(self) -> int:
        """The version that the appointment of record was last computed with."""
        return self.calendar_changes[-1].version if self.calendar_changes else self.calendar_version

    @property
    def open_pause(self) -> Pause | None:
        """The wait that is under way."""
        return self.pauses[-1] if self.pauses and self.pauses[-1].ended_at is None else None

    @property
    def overdue_after(self) -> date | None:
        """The case is overdue on every day after this one; none for closed, undated and paused cases.

        A case that was overdue before its pause stays so.
        """
        if not self.is_open or self.due_on is None:
            return None
        pause = self.open_pause
        return None if pause and local_date(pause.asked_at) <= self.due_on else self.due_on

    def is_overdue(self, today: date) -> bool:
        """Whether the appointment of record has passed."""
        return self.overdue_after is not None and self.overdue_after < today

    def supplement_is_overdue(self, today: date) -> bool:
        """Whether the applicant has let the time for the supplement pass."""
        return self.is_open and self.supplement is not None and self.supplement.respond_by < today
