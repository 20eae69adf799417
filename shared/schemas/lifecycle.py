"""Words of the lifecycle, one spelling each. What may follow what is each service's `domain/lifecycle.py`."""

from enum import StrEnum


class DossierStatus(StrEnum):
    """Where a dossier stands. Intake owns the first four, processing the others."""

    SUBMITTED = "submitted"
    INCOMPLETE = "incomplete"
    NOT_ACCEPTED = "not_accepted"
    ACCEPTED = "accepted"
    PROCESSING = "processing"
    AWAITING_SUPPLEMENT = "awaiting_supplement"
    AWAITING_PAYMENT = "awaiting_payment"
    WITHDRAWAL_REQUESTED = "withdrawal_requested"
    CLOSED_WITHOUT_RESULT = "closed_without_result"
    RESOLVED = "resolved"
    HANDED_OVER = "handed_over"


OPEN_STATUSES = frozenset(
    {
        DossierStatus.ACCEPTED,
        DossierStatus.PROCESSING,
        DossierStatus.AWAITING_SUPPLEMENT,
        DossierStatus.AWAITING_PAYMENT,
        DossierStatus.WITHDRAWAL_REQUESTED,
    }
)


class Channel(StrEnum):
    """How a dossier comes in (the portal's codes 1, 2 and 3)."""

    COUNTER = "counter"
    ONLINE = "online"
    POSTAL = "postal"


class HandOverMeans(StrEnum):
    """How a result reaches the citizen."""

    COUNTER = "counter"
    ONLINE = "online"
    POST = "post"


class OnlineLevel(StrEnum):
    """How much of a procedure can be done online: toàn trình, một phần, cung cấp thông tin."""

    FULL = "full"
    PARTIAL = "partial"
    INFORMATION = "information"


class PausePolicy(StrEnum):
    """What a supplement does to the clock: the full duration again, or what was left."""

    RESTART = "restart"
    RESUME = "resume"


class Role(StrEnum):
    """In which quality somebody acts. `system` is the identity of timers and reactions."""

    CITIZEN = "citizen"
    REPRESENTATIVE = "representative"
    INTAKE_OFFICER = "intake_officer"
    CASE_OFFICER = "case_officer"
    APPROVER = "approver"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    PORTAL = "portal"
    POSTAL_PARTNER = "postal_partner"
    PAYMENT_GATEWAY = "payment_gateway"
    STATISTICS_READER = "statistics_reader"
    SYSTEM = "system"


class Action(StrEnum):
    """What is done to a dossier."""

    FILE = "file"
    REGISTER_ARRIVAL = "register_arrival"
    ACCEPT = "accept"
    REQUEST_COMPLETION = "request_completion"
    COMPLETE = "complete"
    REFUSE = "refuse"
    CANCEL = "cancel"
    LAPSE = "lapse"
    UNDO = "undo"
    ANNUL = "annul"
    ASSIGN = "assign"
    CLAIM = "claim"
    START = "start"
    REQUEST_SUPPLEMENT = "request_supplement"
    PROVIDE_SUPPLEMENT = "provide_supplement"
    CANCEL_SUPPLEMENT_REQUEST = "cancel_supplement_request"
    REQUEST_PAYMENT = "request_payment"
    CONFIRM_PAYMENT = "confirm_payment"
    REQUEST_WITHDRAWAL = "request_withdrawal"
    APPROVE_WITHDRAWAL = "approve_withdrawal"
    DECLINE_WITHDRAWAL = "decline_withdrawal"
    SEND_BACK = "send_back"
    RESOLVE = "resolve"
    APOLOGISE = "apologise"
    TRANSFER = "transfer"
    DISPATCH = "dispatch"
    RETURN_FROM_POST = "return_from_post"
    HAND_OVER = "hand_over"
    RECOMPUTE = "recompute"


class EventType(StrEnum):
    """What has happened to a dossier; the last part of the event's type on the log."""

    FILED = "filed"
    ARRIVED = "arrived"
    ACCEPTED = "accepted"
    COMPLETION_REQUESTED = "completion_requested"
    COMPLETED = "completed"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    ANNULLED = "annulled"
    ASSIGNED = "assigned"
    STARTED = "started"
    SUPPLEMENT_REQUESTED = "supplement_requested"
    SUPPLEMENT_PROVIDED = "supplement_provided"
    SUPPLEMENT_CANCELLED = "supplement_cancelled"
    PAYMENT_REQUESTED = "payment_requested"
    PAID = "paid"
    WITHDRAWAL_REQUESTED = "withdrawal_requested"
    WITHDRAWN = "withdrawn"
    WITHDRAWAL_DECLINED = "withdrawal_declined"
    SENT_BACK = "sent_back"
    RESOLVED = "resolved"
    APOLOGISED = "apologised"
    TRANSFERRED = "transferred"
    DISPATCHED = "dispatched"
    DISPATCH_RETURNED = "dispatch_returned"
    HANDED_OVER = "handed_over"
    APPOINTMENT_MOVED = "appointment_moved"
