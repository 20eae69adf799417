"""The applicant wants the dossier back. Until that is decided the clock, or a pause, runs on."""

from datetime import datetime, timedelta

from services.processing_service.domain.acting import acting
from services.processing_service.domain.case import Case
from services.processing_service.domain.undo import closed
from shared.events.dossier import WithdrawalDeclined, WithdrawalRequested, Withdrawn
from shared.lifecycle import Transition
from shared.principal import Grant
from shared.schemas.lifecycle import DossierStatus


def request_withdrawal(case: Case, transition: Transition, grant: Grant) -> tuple[Case, WithdrawalRequested]:
    """Possible until the dossier is decided."""
    event = WithdrawalRequested(**acting(case, transition, grant, DossierStatus.WITHDRAWAL_REQUESTED))
    asked = case.model_copy(
        update={"status": DossierStatus.WITHDRAWAL_REQUESTED, "before_withdrawal": case.status}
    )
    return asked, event


def approve_withdrawal(
    case: Case, transition: Transition, grant: Grant, *, by: str, undo_window: timedelta, now: datetime
) -> tuple[Case, Withdrawn]:
    """Closed without a result at the applicant's wish."""
    event = Withdrawn(**acting(case, transition, grant, DossierStatus.CLOSED_WITHOUT_RESULT))
    return closed(case, event, by=by, undo_window=undo_window, now=now), event


def decline_withdrawal(
    case: Case, transition: Transition, grant: Grant, *, reason_code: str
) -> tuple[Case, WithdrawalDeclined]:
    """Everything goes on as if nobody had asked."""
    if case.before_withdrawal is None:
        raise AssertionError(f"nobody wants case {case.code} back")
    event = WithdrawalDeclined(
        **acting(case, transition, grant, case.before_withdrawal), reason_code=reason_code
    )
    declined = case.model_copy(update={"status": case.before_withdrawal, "before_withdrawal": None})
    return declined, event
