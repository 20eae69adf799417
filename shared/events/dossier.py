"""What happens to a dossier, one frozen model per event.

Every event is one entry of the dossier's history. The models carry no personal data in the clear: what
processing must know of people is `sealed`. They change by addition only.
"""

from datetime import date
from typing import ClassVar

from shared.legal_clock.duration import Duration
from shared.schemas.base import AgencyCode, Digest, Moment, ProcedureCode, Schema
from shared.schemas.lifecycle import (
    Action,
    Channel,
    DossierStatus,
    EventType,
    HandOverMeans,
    PausePolicy,
    Role,
)


class DossierFacts(Schema):
    """What is pinned when a dossier is filed. Only the competent agency may change, by `transferred`."""

    procedure: ProcedureCode
    procedure_version: int
    case: str
    field: str
    agency: AgencyCode
    """The competent agency."""
    desk: AgencyCode
    """The receiving desk."""
    channel: Channel
    statutory: Duration | None
    committed: Duration | None
    """What the appointment is computed from; none for a notification."""
    pause_policy: PausePolicy
    has_result: bool
    return_by: HandOverMeans = HandOverMeans.COUNTER
    """How the applicant wants the result."""
    foreign_number: str | None = None
    """The portal's or a ministry system's number for the same dossier."""
    asks_for: tuple[str, ...] | None = None
    """Codes of all components that the procedure knows, required or not: nothing else may be asked for.
    None in dossiers of before this was pinned."""


class ComponentCopy(Schema):
    """A component as it was handed in."""

    component: str
    digest: Digest | None
    """SHA-256 of the stored, verified copy; none for paper that was not digitised."""
    reused: bool = False
    """Taken from an earlier dossier or a national database, so that nobody was asked twice."""


class DossierEvent(Schema):
    """What every event of a dossier says."""

    type: ClassVar[EventType]

    action: Action
    role: Role
    """In which quality somebody acted; who it was stays in the writer's history."""
    acting_agency: str | None
    """The agency or desk for which somebody acted."""
    acting_channel: str
    """Through which channel the act came: counter, online, postal, portal or system."""
    status_before: DossierStatus | None
    status_after: DossierStatus
    reason_code: str | None = None
    effective_at: Moment | None = None
    """An earlier legal moment (payment made, arrival). Never moves the dossier into a past period."""


class CaseEvent(DossierEvent):
    """What every event after acceptance says besides."""

    appointment: date | None = None
    """The appointment of record that holds from now on; none for a procedure without a duration."""


class Filed(DossierEvent):
    """A dossier was filed and has its code. Not yet received."""

    type = EventType.FILED
    facts: DossierFacts
    components: tuple[ComponentCopy, ...]
    answer_due_at: Moment | None
    """When the 8 working hours end; none for a postal dossier that has not reached the desk."""
    sealed: str


class Arrived(DossierEvent):
    """A postal dossier reached the desk; its 8 working hours start."""

    type = EventType.ARRIVED
    answer_due_at: Moment
    picked_up: bool
    """Fetched at home by the post rather than sent in."""


class Accepted(DossierEvent):
    """Received: the clock starts, receipt and appointment exist, processing takes over."""

    type = EventType.ACCEPTED
    facts: DossierFacts
    components: tuple[ComponentCopy, ...]
    digitised: bool
    """Every component has a stored, verified copy."""
    appointment: date | None
    appointment_at: Moment | None
    """The hour, for durations in working hours."""
    provisional: bool
    calendar_version: int
    answer_due_at: Moment
    sealed: str


class CompletionRequested(DossierEvent):
    """Form 02 before acceptance: everything missing, asked for once."""

    type = EventType.COMPLETION_REQUESTED
    missing: tuple[str, ...]
    lapses_on: date
    answer_due_at: Moment


class Completed(DossierEvent):
    """What was missing came; new 8 working hours."""

    type = EventType.COMPLETED
    components: tuple[ComponentCopy, ...]
    answer_due_at: Moment


class Refused(DossierEvent):
    """Form 03: not accepted, with a concrete reason."""

    type = EventType.REFUSED
    answer_due_at: Moment


class Cancelled(DossierEvent):
    """Taken back by the applicant before acceptance."""

    type = EventType.CANCELLED


class Lapsed(DossierEvent):
    """Nothing came within the time given for completion."""

    type = EventType.LAPSED


class Annulled(CaseEvent):
    """An earlier event counts for nothing from now on: undone inside the window, or annulled later."""

    type = EventType.ANNULLED
    annuls: int
    """The sequence of the event that is annulled."""
    annulled_type: EventType


class Assigned(CaseEvent):
    """Somebody in the agency has the case."""

    type = EventType.ASSIGNED
    sealed: str | None = None
    """Who was given the case; none where an officer took it."""


class Started(CaseEvent):
    """A case officer works on it."""

    type = EventType.STARTED


class SupplementRequested(CaseEvent):
    """Form 02 after acceptance; the clock is paused."""

    type = EventType.SUPPLEMENT_REQUESTED
    number: int
    """1 for the first request; a second one needs a supervisor."""
    missing: tuple[str, ...]
    respond_by: date


class ClockResumed(CaseEvent):
    """A pause ended; says what became of the appointment of record."""

    appointment: date | None
    appointment_at: Moment | None = None
    previous_appointment: date | None
    provisional: bool
    calendar_version: int


class SupplementProvided(ClockResumed):
    """What was asked for came."""

    type = EventType.SUPPLEMENT_PROVIDED
    components: tuple[ComponentCopy, ...]


class SupplementCancelled(ClockResumed):
    """The request was withdrawn by a supervisor; the pause ends that day and what was left goes on."""

    type = EventType.SUPPLEMENT_CANCELLED


class PaymentRequested(CaseEvent):
    """A fee is due; the clock is paused."""

    type = EventType.PAYMENT_REQUESTED
    amount: int
    """Dong."""
    items: tuple[str, ...]


class Paid(ClockResumed):
    """The fee was paid at `effective_at`."""

    type = EventType.PAID
    amount: int
    reference: str | None = None
    """The payment's number at the gateway or the cash desk."""
    online: bool


class WithdrawalRequested(CaseEvent):
    """The applicant wants the dossier back; the clock, or a pause, runs on."""

    type = EventType.WITHDRAWAL_REQUESTED


class Withdrawn(CaseEvent):
    """Closed without a result at the applicant's wish."""

    type = EventType.WITHDRAWN


class WithdrawalDeclined(CaseEvent):
    """The withdrawal came too late or was refused with a reason."""

    type = EventType.WITHDRAWAL_DECLINED


class SentBack(CaseEvent):
    """Closed without a result by the agency, with a reason."""

    type = EventType.SENT_BACK


class Resolved(CaseEvent):
    """The result is ready. Its local date is the finish date."""

    type = EventType.RESOLVED
    appointment: date | None
    """The appointment of record that the finish date is measured against."""
    results: tuple[Digest, ...]
    """Stored result documents; empty for a procedure that has none."""


class Apologised(CaseEvent):
    """Form 04: a new promise, at most once. Moves no appointment of record."""

    type = EventType.APOLOGISED
    promised_on: date


class Transferred(CaseEvent):
    """Another agency is competent from now on. The code stays."""

    type = EventType.TRANSFERRED
    from_agency: AgencyCode
    to_agency: AgencyCode


class Dispatched(CaseEvent):
    """The post took the result over."""

    type = EventType.DISPATCHED
    partner: str
    attempt: int


class DispatchReturned(CaseEvent):
    """The post brought the result back."""

    type = EventType.DISPATCH_RETURNED


class HandedOver(CaseEvent):
    """The citizen has the result."""

    type = EventType.HANDED_OVER
    means: HandOverMeans
    proof: str | None = None
    """The post's number for the delivery."""


class AppointmentMoved(ClockResumed):
    """The calendar changed after the appointment was given. A promise never becomes earlier."""

    type = EventType.APPOINTMENT_MOVED


EVENT_MODELS: dict[EventType, type[DossierEvent]] = {
    model.type: model
    for model in (
        Filed, Arrived, Accepted, CompletionRequested, Completed, Refused, Cancelled, Lapsed, Annulled,
        Assigned, Started, SupplementRequested, SupplementProvided, SupplementCancelled, PaymentRequested,
        Paid, WithdrawalRequested, Withdrawn, WithdrawalDeclined, SentBack, Resolved, Apologised,
        Transferred, Dispatched, DispatchReturned, HandedOver, AppointmentMoved,
    )
}  # fmt: skip
