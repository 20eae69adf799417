"""What may happen to a dossier from its acceptance on, whoever acts."""

from shared.lifecycle import Lifecycle, Next, Transition
from shared.schemas.lifecycle import OPEN_STATUSES, Action, DossierStatus, EventType, Role

_ACCEPTED, _PROCESSING = DossierStatus.ACCEPTED, DossierStatus.PROCESSING
_AWAITING_SUPPLEMENT = DossierStatus.AWAITING_SUPPLEMENT
_AWAITING_PAYMENT = DossierStatus.AWAITING_PAYMENT
_WITHDRAWAL_REQUESTED = DossierStatus.WITHDRAWAL_REQUESTED
_RESOLVED, _CLOSED = DossierStatus.RESOLVED, DossierStatus.CLOSED_WITHOUT_RESULT

IN_WORK = frozenset({_ACCEPTED, _PROCESSING})
_UNDECIDED = OPEN_STATUSES - {_WITHDRAWAL_REQUESTED}
_DECIDED = frozenset({_RESOLVED, _CLOSED})
_APPLICANT = frozenset({Role.CITIZEN, Role.REPRESENTATIVE, Role.PORTAL})
_POST = frozenset({Role.INTAKE_OFFICER, Role.POSTAL_PARTNER})


def _row(
    action: Action,
    sources: frozenset[DossierStatus] | DossierStatus,
    roles: frozenset[Role] | Role,
    target: DossierStatus | Next,
    event: EventType,
    *,
    because: bool = False,
) -> Transition:
    return Transition(
        action,
        frozenset({sources}) if isinstance(sources, DossierStatus) else sources,
        frozenset({roles}) if isinstance(roles, Role) else roles,
        target,
        event,
        reason_required=because,
    )


LIFECYCLE = Lifecycle(
    [
        _row(Action.ASSIGN, OPEN_STATUSES, Role.SUPERVISOR, Next.SAME, EventType.ASSIGNED),
        _row(Action.CLAIM, OPEN_STATUSES, Role.CASE_OFFICER, Next.SAME, EventType.ASSIGNED),
        _row(Action.START, _ACCEPTED, Role.CASE_OFFICER, _PROCESSING, EventType.STARTED),
        _row(
            Action.REQUEST_SUPPLEMENT,
            IN_WORK,
            # A second request is the supervisor's alone: domain/supplements.py.
            frozenset({Role.CASE_OFFICER, Role.SUPERVISOR}),
            _AWAITING_SUPPLEMENT,
            EventType.SUPPLEMENT_REQUESTED,
            because=True,
        ),
        _row(
            Action.PROVIDE_SUPPLEMENT,
            _AWAITING_SUPPLEMENT,
            _APPLICANT | {Role.INTAKE_OFFICER},
            Next.PREVIOUS,
            EventType.SUPPLEMENT_PROVIDED,
        ),
        _row(
            Action.CANCEL_SUPPLEMENT_REQUEST,
            _AWAITING_SUPPLEMENT,
            Role.SUPERVISOR,
            Next.PREVIOUS,
            EventType.SUPPLEMENT_CANCELLED,
            because=True,
        ),
        _row(
            Action.REQUEST_PAYMENT,
            IN_WORK,
            Role.CASE_OFFICER,
            _AWAITING_PAYMENT,
            EventType.PAYMENT_REQUESTED,
        ),
        _row(
            Action.CONFIRM_PAYMENT,
            _AWAITING_PAYMENT,
            frozenset({Role.PAYMENT_GATEWAY, Role.PORTAL, Role.INTAKE_OFFICER}),
            Next.PREVIOUS,
            EventType.PAID,
        ),
        _row(
            Action.REQUEST_WITHDRAWAL,
            _UNDECIDED,
            _APPLICANT,
            _WITHDRAWAL_REQUESTED,
            EventType.WITHDRAWAL_REQUESTED,
        ),
        _row(Action.APPROVE_WITHDRAWAL, _WITHDRAWAL_REQUESTED, Role.APPROVER, _CLOSED, EventType.WITHDRAWN),
        _row(
            Action.DECLINE_WITHDRAWAL,
            _WITHDRAWAL_REQUESTED,
            Role.APPROVER,
            Next.PREVIOUS,
            EventType.WITHDRAWAL_DECLINED,
            because=True,
        ),
        _row(Action.SEND_BACK, _UNDECIDED, Role.APPROVER, _CLOSED, EventType.SENT_BACK, because=True),
        _row(Action.RESOLVE, IN_WORK, Role.APPROVER, _RESOLVED, EventType.RESOLVED),
        _row(Action.APOLOGISE, OPEN_STATUSES, Role.APPROVER, Next.SAME, EventType.APOLOGISED, because=True),
        _row(
            Action.TRANSFER,
            OPEN_STATUSES,
            Role.ADMINISTRATOR,
            Next.SAME,
            EventType.TRANSFERRED,
            because=True,
        ),
        _row(Action.DISPATCH, _RESOLVED, _POST, Next.SAME, EventType.DISPATCHED),
        _row(Action.RETURN_FROM_POST, _RESOLVED, _POST, Next.SAME, EventType.DISPATCH_RETURNED),
        _row(
            Action.HAND_OVER,
            _RESOLVED,
            _POST | {Role.SYSTEM},
            DossierStatus.HANDED_OVER,
            EventType.HANDED_OVER,
        ),
        _row(
            Action.UNDO,
            _DECIDED,
            frozenset({Role.APPROVER, Role.SUPERVISOR}),
            Next.PREVIOUS,
            EventType.ANNULLED,
        ),
        _row(Action.ANNUL, _DECIDED, Role.SUPERVISOR, Next.PREVIOUS, EventType.ANNULLED, because=True),
        _row(Action.RECOMPUTE, OPEN_STATUSES, Role.SYSTEM, Next.SAME, EventType.APPOINTMENT_MOVED),
    ]
)
