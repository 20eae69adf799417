"""How the result reaches the citizen: over the counter, online, or by post with proof of delivery."""

from services.processing_service.domain.acting import acting
from services.processing_service.domain.case import Case
from shared.errors import RuleViolationError
from shared.events.dossier import Dispatched, DispatchReturned, HandedOver
from shared.lifecycle import Transition
from shared.principal import Grant
from shared.schemas.lifecycle import DossierStatus, HandOverMeans, Role

_MEANS = {
    Role.INTAKE_OFFICER: frozenset(HandOverMeans),
    Role.POSTAL_PARTNER: frozenset({HandOverMeans.POST}),
    Role.SYSTEM: frozenset({HandOverMeans.ONLINE}),
}


def dispatch(case: Case, transition: Transition, grant: Grant, *, partner: str) -> tuple[Case, Dispatched]:
    """The post took the result over."""
    if case.with_post:
        raise RuleViolationError("the post has it already", field="/", rule="already-dispatched")
    attempt = case.dispatches + 1
    event = Dispatched(
        **acting(case, transition, grant, DossierStatus.RESOLVED), partner=partner, attempt=attempt
    )
    return case.model_copy(update={"dispatches": attempt, "with_post": True}), event


def return_from_post(
    case: Case, transition: Transition, grant: Grant, *, reason_code: str | None
) -> tuple[Case, DispatchReturned]:
    """The post could not deliver it."""
    if not case.with_post:
        raise RuleViolationError("the post does not have it", field="/", rule="not-dispatched")
    event = DispatchReturned(
        **acting(case, transition, grant, DossierStatus.RESOLVED), reason_code=reason_code
    )
    return case.model_copy(update={"with_post": False}), event


def hand_over(
    case: Case, transition: Transition, grant: Grant, *, means: HandOverMeans, proof: str | None
) -> tuple[Case, HandedOver]:
    """The citizen has the result."""
    if means not in _MEANS[grant.role]:
        raise RuleViolationError(
            f"{grant.role} hands nothing over by {means}", field="/means", rule="means-not-allowed"
        )
    if case.with_post is not (means is HandOverMeans.POST):
        where = "is with the post" if case.with_post else "is not with the post"
        raise RuleViolationError(f"the result {where}", field="/means", rule="means-not-possible")
    if means is HandOverMeans.POST and not proof:
        raise RuleViolationError("a delivery by post needs its proof", field="/proof", rule="proof-missing")
    event = HandedOver(**acting(case, transition, grant, DossierStatus.HANDED_OVER), means=means, proof=proof)
    return case.model_copy(update={"status": DossierStatus.HANDED_OVER, "with_post": False}), event
