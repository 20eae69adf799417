"""What may happen to a dossier until it is accepted. From then on processing decides."""

from shared.lifecycle import Lifecycle, Next, Transition
from shared.schemas.lifecycle import Action, DossierStatus, EventType, Role

_SUBMITTED, _INCOMPLETE = DossierStatus.SUBMITTED, DossierStatus.INCOMPLETE
_APPLICANT = frozenset({Role.CITIZEN, Role.REPRESENTATIVE, Role.PORTAL})
_OFFICER = frozenset({Role.INTAKE_OFFICER})

FILING_ROLES = _APPLICANT | {Role.INTAKE_OFFICER, Role.POSTAL_PARTNER}

LIFECYCLE = Lifecycle(
    [
        Transition(
            Action.REGISTER_ARRIVAL,
            frozenset({_SUBMITTED}),
            frozenset({Role.INTAKE_OFFICER, Role.POSTAL_PARTNER}),
            Next.SAME,
            EventType.ARRIVED,
        ),
        Transition(
            Action.ACCEPT, frozenset({_SUBMITTED}), _OFFICER, DossierStatus.ACCEPTED, EventType.ACCEPTED
        ),
        Transition(
            Action.REQUEST_COMPLETION,
            frozenset({_SUBMITTED}),
            _OFFICER,
            DossierStatus.INCOMPLETE,
            EventType.COMPLETION_REQUESTED,
            reason_required=True,
        ),
        Transition(
            Action.COMPLETE,
            frozenset({_INCOMPLETE}),
            _APPLICANT | _OFFICER,
            DossierStatus.SUBMITTED,
            EventType.COMPLETED,
        ),
        Transition(
            Action.REFUSE,
            frozenset({_SUBMITTED, _INCOMPLETE}),
            _OFFICER,
            DossierStatus.NOT_ACCEPTED,
            EventType.REFUSED,
            reason_required=True,
        ),
        Transition(
            Action.CANCEL,
            frozenset({_SUBMITTED, _INCOMPLETE}),
            _APPLICANT,
            DossierStatus.NOT_ACCEPTED,
            EventType.CANCELLED,
        ),
        Transition(
            Action.LAPSE,
            frozenset({_INCOMPLETE}),
            frozenset({Role.SYSTEM}),
            DossierStatus.NOT_ACCEPTED,
            EventType.LAPSED,
        ),
        Transition(
            Action.UNDO,
            frozenset({DossierStatus.NOT_ACCEPTED}),
            frozenset({Role.INTAKE_OFFICER, Role.SUPERVISOR}),
            Next.PREVIOUS,
            EventType.ANNULLED,
        ),
        Transition(
            Action.ANNUL,
            frozenset({DossierStatus.NOT_ACCEPTED}),
            frozenset({Role.SUPERVISOR}),
            Next.PREVIOUS,
            EventType.ANNULLED,
            reason_required=True,
        ),
    ]
)
