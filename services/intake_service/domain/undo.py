"""Taking back a refusal: an undo inside the window, a supervisor's annulment later."""

from datetime import datetime, timedelta

from services.intake_service.domain.decisions import acting
from services.intake_service.domain.dossier import Dossier, Refusal
from shared.errors import ForbiddenError, RuleViolationError
from shared.events.dossier import Annulled
from shared.lifecycle import Transition
from shared.principal import Grant
from shared.schemas.lifecycle import Role


def undo(
    dossier: Dossier, transition: Transition, grant: Grant, *, by: str, window: timedelta, now: datetime
) -> tuple[Dossier, Annulled]:
    """By the officer who refused, or a supervisor, inside the window."""
    refusal = _refusal(dossier)
    if now - refusal.at > window:
        raise RuleViolationError("the window for an undo has passed", field="/", rule="undo-window-passed")
    if grant.role is not Role.SUPERVISOR and refusal.by != by:
        raise ForbiddenError("only the officer who decided, or a supervisor, can undo it")
    return _annulled(dossier, refusal, transition, grant, reason_code=None)


def annul(
    dossier: Dossier, transition: Transition, grant: Grant, *, reason_code: str
) -> tuple[Dossier, Annulled]:
    """By a supervisor, with a reason, at any time."""
    return _annulled(dossier, _refusal(dossier), transition, grant, reason_code=reason_code)


def _refusal(dossier: Dossier) -> Refusal:
    if dossier.refusal is None:
        raise RuleViolationError(
            "only a refusal can be taken back, not a cancellation or a lapse", field="/", rule="not-a-refusal"
        )
    return dossier.refusal


def _annulled(
    dossier: Dossier, refusal: Refusal, transition: Transition, grant: Grant, *, reason_code: str | None
) -> tuple[Dossier, Annulled]:
    event = Annulled(
        **acting(dossier, transition, grant, refusal.status_before),
        reason_code=reason_code,
        annuls=refusal.sequence,
        annulled_type=refusal.type,
    )
    return dossier.model_copy(update={"status": refusal.status_before, "refusal": None}), event
