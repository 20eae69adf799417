"""Every act on a case. Each names the version it is meant for in If-Match."""

from fastapi import APIRouter

from services.processing_service.api import bodies
from services.processing_service.api.dependencies import Act, NamedAct
from services.processing_service.application import intents
from shared.web.answers import ActAnswer
from shared.web.problems import problem_responses

router = APIRouter(
    prefix="/v1/cases",
    tags=["Acts"],
    responses=problem_responses(401, 403, 404, 409, 412, 422, 428, 503),
)


@router.post("/{code}/assignment")
async def assign_case(act: Act, body: bodies.AssignmentBody) -> ActAnswer:
    """Give the case to somebody of the agency."""
    return await act(body.intent())


@router.post("/{code}/claim")
async def claim_case(act: Act) -> ActAnswer:
    """Take the case."""
    return await act(intents.claim())


@router.post("/{code}/start")
async def start_case(act: Act) -> ActAnswer:
    """Begin to work on it."""
    return await act(intents.start())


@router.post("/{code}/supplement-request")
async def request_supplement(act: NamedAct, body: bodies.SupplementRequestBody) -> ActAnswer:
    """Form 02: ask for everything that is missing; the clock waits. A second time only a supervisor."""
    return await act(body.intent())


@router.post("/{code}/supplement")
async def provide_supplement(act: Act, body: bodies.SupplementBody) -> ActAnswer:
    """Hand in what was asked for; the clock goes on."""
    return await act(body.intent())


@router.post("/{code}/supplement-request-cancellation")
async def cancel_supplement_request(act: Act, body: bodies.SupplementCancellationBody) -> ActAnswer:
    """Nothing has to come any more; the clock goes on."""
    return await act(body.intent())


@router.post("/{code}/payment-request")
async def request_payment(act: NamedAct, body: bodies.PaymentRequestBody) -> ActAnswer:
    """Ask for a fee; the clock waits."""
    return await act(body.intent())


@router.post("/{code}/payment")
async def confirm_payment(act: NamedAct, body: bodies.PaymentBody) -> ActAnswer:
    """The fee was paid; the clock goes on from the moment of the payment."""
    return await act(body.intent())


@router.post("/{code}/withdrawal-request")
async def request_withdrawal(act: Act, body: bodies.WithdrawalRequestBody) -> ActAnswer:
    """Ask for the dossier back."""
    return await act(body.intent())


@router.post("/{code}/withdrawal-approval")
async def approve_withdrawal(act: Act) -> ActAnswer:
    """Give the dossier back: closed without a result."""
    return await act(intents.approve_withdrawal())


@router.post("/{code}/withdrawal-refusal")
async def decline_withdrawal(act: Act, body: bodies.WithdrawalRefusalBody) -> ActAnswer:
    """Keep the dossier; everything goes on."""
    return await act(body.intent())


@router.post("/{code}/return")
async def send_back(act: Act, body: bodies.ReturnBody) -> ActAnswer:
    """Send the dossier back without a result."""
    return await act(body.intent())


@router.post("/{code}/resolution")
async def resolve_case(act: Act, body: bodies.ResolutionBody) -> ActAnswer:
    """The result is ready."""
    return await act(body.intent())


@router.post("/{code}/apology")
async def apologise(act: Act, body: bodies.ApologyBody) -> ActAnswer:
    """Form 04: apologise and promise a new date, once."""
    return await act(body.intent())


@router.post("/{code}/transfer")
async def transfer_case(act: Act, body: bodies.TransferBody) -> ActAnswer:
    """Make another agency competent."""
    return await act(body.intent())


@router.post("/{code}/dispatch")
async def dispatch_result(act: Act, body: bodies.DispatchBody) -> ActAnswer:
    """The post took the result over."""
    return await act(body.intent())


@router.post("/{code}/dispatch-return")
async def return_from_post(act: Act, body: bodies.DispatchReturnBody) -> ActAnswer:
    """The post brought the result back."""
    return await act(body.intent())


@router.post("/{code}/hand-over")
async def hand_over_result(act: Act, body: bodies.HandOverBody) -> ActAnswer:
    """The citizen has the result."""
    return await act(body.intent())


@router.post("/{code}/undo")
async def undo_decision(act: Act) -> ActAnswer:
    """Take a decision back inside the window."""
    return await act(intents.undo_decision())


@router.post("/{code}/annulment")
async def annul_decision(act: Act, body: bodies.AnnulmentBody) -> ActAnswer:
    """Take a decision back later, as a supervisor and with a reason."""
    return await act(body.intent())
