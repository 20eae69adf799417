"""What happens to a dossier before it is accepted. Every change names the version it is meant for."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Response

from services.intake_service.api import examples
from services.intake_service.api.dependencies import Ask, Use
from services.intake_service.api.schemas import (
    AnnulmentBody,
    ArrivalBody,
    BulkAcceptBody,
    CompletionBody,
    CompletionRequestBody,
    RefusalBody,
)
from services.intake_service.application.acts import Asked
from services.intake_service.domain.lifecycle import LIFECYCLE
from shared.schemas.lifecycle import Action
from shared.web.act_routes import ActRoutes
from shared.web.answers import ActAnswer, BulkAnswer, answer, bulk_item
from shared.web.documented_answers import sent
from shared.web.security import Caller

router = APIRouter(prefix="/v1", tags=["Acceptance"])
_RULES: Mapping[str, Sequence[str]] = {
    "arrival": ("not-postal", "already-arrived", "in-the-future", "before-filing", "calendar-year-missing"),
    "acceptance": ("not-arrived", "components-missing", "calendar-year-missing"),
    "completion-request": ("not-arrived", "component-unknown", "component-repeated"),
    "completion": (
        "component-unknown", "component-repeated", "components-missing", "content-unknown",
        "calendar-year-missing",
    ),
    "refusal": ("not-arrived",),
    "undo": ("undo-window-passed", "not-a-refusal"),
    "annulment": ("not-a-refusal",),
}  # fmt: skip


_act = ActRoutes(router, "/dossiers/{code}", LIFECYCLE, _RULES, examples.ACTS)


@router.post("/bulk/acceptance", openapi_extra=sent(examples.ACCEPTANCES))
async def accept_dossiers(body: BulkAcceptBody, caller: Caller, use: Use) -> BulkAnswer:
    """Accept up to 500 dossiers, each for itself."""
    asked = [Asked(item.code, caller, item.version, None) for item in body.items]
    outcomes = await use.acts.accept_all(asked)
    return BulkAnswer(items=[bulk_item(a.code, o) for a, o in zip(asked, outcomes, strict=True)])


@_act("arrival", Action.REGISTER_ARRIVAL)
async def register_arrival(ask: Ask, body: ArrivalBody, response: Response, use: Use) -> ActAnswer:
    """A postal dossier reached the desk; its 8 working hours start."""
    entry = await use.acts.register_arrival(ask, arrived_at=body.arrived_at, picked_up=body.picked_up)
    return answer(response, entry)


@_act("acceptance", Action.ACCEPT)
async def accept_dossier(ask: Ask, response: Response, use: Use) -> ActAnswer:
    """Receive the dossier: the clock starts and the receipt is issued."""
    return answer(response, await use.acts.accept(ask))


@_act("completion-request", Action.REQUEST_COMPLETION)
async def request_completion(
    ask: Ask, body: CompletionRequestBody, response: Response, use: Use
) -> ActAnswer:
    """Form 02: ask for everything that is missing, once."""
    entry = await use.acts.request_completion(
        ask, missing=body.missing, reason_code=body.reason_code, reason=body.reason
    )
    return answer(response, entry)


@_act("completion", Action.COMPLETE)
async def complete_dossier(ask: Ask, body: CompletionBody, response: Response, use: Use) -> ActAnswer:
    """Hand in what was missing."""
    entry = await use.acts.complete(ask, components=[c.copy_of() for c in body.components])
    return answer(response, entry)


@_act("refusal", Action.REFUSE)
async def refuse_dossier(ask: Ask, body: RefusalBody, response: Response, use: Use) -> ActAnswer:
    """Form 03: do not accept, with a concrete reason."""
    entry = await use.acts.refuse(ask, reason_code=body.reason_code, reason=body.reason)
    return answer(response, entry)


@_act("cancellation", Action.CANCEL)
async def cancel_dossier(ask: Ask, response: Response, use: Use) -> ActAnswer:
    """Take one's own dossier back before it is accepted."""
    return answer(response, await use.acts.cancel(ask))


@_act("undo", Action.UNDO)
async def undo_refusal(ask: Ask, response: Response, use: Use) -> ActAnswer:
    """Take a refusal back inside the window."""
    return answer(response, await use.acts.undo(ask))


@_act("annulment", Action.ANNUL)
async def annul_refusal(ask: Ask, body: AnnulmentBody, response: Response, use: Use) -> ActAnswer:
    """Take a refusal back later, as a supervisor and with a reason."""
    entry = await use.acts.annul(ask, reason_code=body.reason_code, reason=body.reason)
    return answer(response, entry)
