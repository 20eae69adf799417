"""Taking back a decision: an undo inside the window, a supervisor's annulment later."""

from datetime import datetime, timedelta

from services.processing_service.domain.acting import acting
from services.processing_service.domain.case import Case, Closing
from shared.errors import ForbiddenError, RuleViolationError
from shared.events.dossier import Annulled, DossierEvent
from shared.lifecycle import Transition
from shared.principal import Grant
from shared.schemas.lifecycle import Role


def closed(case: Case, event: DossierEvent, *, by: str, undo_window: timedelta, now: datetime) -> Case:
    """The case after the decision that `event` tells of, ready to be taken back."""
    closing = Closing(
        sequence=case.version + 1,
        type=event.type,
        status_before=case.status,
        by=by,
        at=now,
        undo_until=now + undo_window,
    )
    return case.model_copy(update={"status": event.status_after, "closing": closing})


def can_undo(case: Case, grant: Grant, *, by: str, now: datetime) -> bool:
    """Whether `undo` would be granted."""
    closing = case.closing
    return (
        closing is not None
        and now <= closing.undo_until
        and case.dispatches == 0
        and (grant.role is Role.SUPERVISOR or closing.by == by)
    )


def undo(
    case: Case, transition: Transition, grant: Grant, *, by: str, now: datetime
) -> tuple[Case, Annulled]:
    """By the officer who decided, or a supervisor, inside the window and before the post has the result."""
    closing = _closing(case)
    if grant.role is not Role.SUPERVISOR and closing.by != by:
        raise ForbiddenError("only the officer who decided, or a supervisor, can undo it")
    if now > closing.undo_until:
        raise RuleViolationError("the window for an undo has passed", field="/", rule="undo-window-passed")
    if case.dispatches:
        raise RuleViolationError("the post has had the result", field="/", rule="already-dispatched")
    return _annulled(case, closing, transition, grant, reason_code=None)


def annul(case: Case, transition: Transition, grant: Grant, *, reason_code: str) -> tuple[Case, Annulled]:
    """By a supervisor, with a reason, until the citizen has the result."""
    return _annulled(case, _closing(case), transition, grant, reason_code=reason_code)


def _closing(case: Case) -> Closing:
    if case.closing is None:
        raise AssertionError(f"case {case.code} was decided by nobody")
    return case.closing


def _annulled(
    case: Case, closing: Closing, transition: Transition, grant: Grant, *, reason_code: str | None
) -> tuple[Case, Annulled]:
    event = Annulled(
        **acting(case, transition, grant, closing.status_before),
        reason_code=reason_code,
        annuls=closing.sequence,
        annulled_type=closing.type,
    )
    reopened = case.model_copy(
        update={
            "status": closing.status_before,
            "closing": None,
            "results": (),
            "dispatches": 0,
            "with_post": False,
        }
    )
    return reopened, event
