"""What happens to a dossier before it is accepted. Every change names the version it is meant for."""

from fastapi import APIRouter, Response

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
from shared.web.answers import ActAnswer, BulkAnswer, answer, bulk_item
from shared.web.problems import problem_responses
from shared.web.security import Caller

router = APIRouter(prefix="/v1", tags=["Acceptance"])
_REFUSALS = problem_responses(401, 403, 404, 409, 412, 422, 428)


@router.post("/bulk/acceptance", responses=problem_responses(401))
async def accept_dossiers(body: BulkAcceptBody, caller: Caller, use: Use) -> BulkAnswer:
    """Accept up to 500 dossiers, each for itself."""
    asked = [Asked(item.code, caller, item.version, None) for item in body.items]
    outcomes = await use.acts.accept_all(asked)
    return BulkAnswer(items=[bulk_item(a.code, o) for a, o in zip(asked, outcomes, strict=True)])


@router.post("/dossiers/{code}/arrival", responses=_REFUSALS)
async def register_arrival(ask: Ask, body: ArrivalBody, response: Response, use: Use) -> ActAnswer:
    """A postal dossier reached the desk; its 8 working hours start."""
    entry = await use.acts.register_arrival(ask, arrived_at=body.arrived_at, picked_up=body.picked_up)
    return answer(response, entry)


@router.post("/dossiers/{code}/acceptance", responses=_REFUSALS)
async def accept_dossier(ask: Ask, response: Response, use: Use) -> ActAnswer:
    """Receive the dossier: the clock starts and the receipt is issued."""
    return answer(response, await use.acts.accept(ask))


@router.post("/dossiers/{code}/completion-request", responses=_REFUSALS)
async def request_completion(
    ask: Ask, body: CompletionRequestBody, response: Response, use: Use
) -> ActAnswer:
    """Form 02: ask for everything that is missing, once."""
    entry = await use.acts.request_completion(
        ask, missing=body.missing, reason_code=body.reason_code, reason=body.reason
    )
    return answer(response, entry)


@router.post("/dossiers/{code}/completion", responses=_REFUSALS)
async def complete_dossier(ask: Ask, body: CompletionBody, response: Response, use: Use) -> ActAnswer:
    """Hand in what was missing."""
    entry = await use.acts.complete(ask, components=[c.copy_of() for c in body.components])
    return answer(response, entry)


@router.post("/dossiers/{code}/refusal", responses=_REFUSALS)
async def refuse_dossier(ask: Ask, body: RefusalBody, response: Response, use: Use) -> ActAnswer:
    """Form 03: do not accept, with a concrete reason."""
    entry = await use.acts.refuse(ask, reason_code=body.reason_code, reason=body.reason)
    return answer(response, entry)


@router.post("/dossiers/{code}/cancellation", responses=_REFUSALS)
async def cancel_dossier(ask: Ask, response: Response, use: Use) -> ActAnswer:
    """Take one's own dossier back before it is accepted."""
    return answer(response, await use.acts.cancel(ask))


@router.post("/dossiers/{code}/undo", responses=_REFUSALS)
async def undo_refusal(ask: Ask, response: Response, use: Use) -> ActAnswer:
    """Take a refusal back inside the window."""
    return answer(response, await use.acts.undo(ask))


@router.post("/dossiers/{code}/annulment", responses=_REFUSALS)
async def annul_refusal(ask: Ask, body: AnnulmentBody, response: Response, use: Use) -> ActAnswer:
    """Take a refusal back later, as a supervisor and with a reason."""
    entry = await use.acts.annul(ask, reason_code=body.reason_code, reason=body.reason)
    return answer(response, entry)
