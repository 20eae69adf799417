"""Every act on a case. Each names the version it is meant for in If-Match."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter

from services.processing_service.api import bodies, examples
from services.processing_service.api.dependencies import Act, NamedAct
from services.processing_service.application import intents
from services.processing_service.domain.lifecycle import LIFECYCLE
from shared.schemas.lifecycle import Action
from shared.web.act_routes import ActRoutes
from shared.web.answers import ActAnswer

router = APIRouter(prefix="/v1/cases", tags=["Acts"])

_RULES: Mapping[str, Sequence[str]] = {
    "supplement-request": ("component-unknown", "component-repeated", "respond-by-out-of-range"),
    "supplement": (
        "component-unknown", "component-repeated", "components-missing", "content-unknown",
        "calendar-year-missing",
    ),
    "supplement-request-cancellation": ("calendar-year-missing",),
    "payment": ("amount-differs", "in-the-future", "before-request", "calendar-year-missing"),
    "resolution": ("result-missing", "content-unknown"),
    "apology": (
        "undated", "already-apologised", "promise-not-later", "promise-on-day-off", "calendar-year-missing",
    ),
    "transfer": ("same-agency", "agency-unknown"),
    "dispatch": ("already-dispatched",),
    "dispatch-return": ("not-dispatched",),
    "hand-over": ("means-not-allowed", "means-not-possible", "proof-missing"),
    "undo": ("undo-window-passed", "already-dispatched"),
}  # fmt: skip


_act = ActRoutes(router, "/{code}", LIFECYCLE, _RULES, examples.ACTS)


@_act("assignment", Action.ASSIGN)
async def assign_case(act: Act, body: bodies.AssignmentBody) -> ActAnswer:
    """Give the case to somebody of the agency."""
    return await act(body.intent())


@_act("claim", Action.CLAIM)
async def claim_case(act: Act) -> ActAnswer:
    """Take the case."""
    return await act(intents.claim())


@_act("start", Action.START)
async def start_case(act: Act) -> ActAnswer:
    """Begin to work on it."""
    return await act(intents.start())


@_act("supplement-request", Action.REQUEST_SUPPLEMENT)
async def request_supplement(act: NamedAct, body: bodies.SupplementRequestBody) -> ActAnswer:
    """Form 02: ask for everything that is missing; the clock waits. A second time only a supervisor."""
    return await act(body.intent())


@_act("supplement", Action.PROVIDE_SUPPLEMENT)
async def provide_supplement(act: Act, body: bodies.SupplementBody) -> ActAnswer:
    """Hand in what was asked for; the clock goes on."""
    return await act(body.intent())


@_act("supplement-request-cancellation", Action.CANCEL_SUPPLEMENT_REQUEST)
async def cancel_supplement_request(act: Act, body: bodies.SupplementCancellationBody) -> ActAnswer:
    """Nothing has to come any more; the clock goes on."""
    return await act(body.intent())


@_act("payment-request", Action.REQUEST_PAYMENT)
async def request_payment(act: NamedAct, body: bodies.PaymentRequestBody) -> ActAnswer:
    """Ask for a fee; the clock waits."""
    return await act(body.intent())


@_act("payment", Action.CONFIRM_PAYMENT)
async def confirm_payment(act: NamedAct, body: bodies.PaymentBody) -> ActAnswer:
    """The fee was paid; the clock goes on from the moment of the payment."""
    return await act(body.intent())


@_act("withdrawal-request", Action.REQUEST_WITHDRAWAL)
async def request_withdrawal(act: Act, body: bodies.WithdrawalRequestBody) -> ActAnswer:
    """Ask for the dossier back."""
    return await act(body.intent())


@_act("withdrawal-approval", Action.APPROVE_WITHDRAWAL)
async def approve_withdrawal(act: Act) -> ActAnswer:
    """Give the dossier back: closed without a result."""
    return await act(intents.approve_withdrawal())


@_act("withdrawal-refusal", Action.DECLINE_WITHDRAWAL)
async def decline_withdrawal(act: Act, body: bodies.WithdrawalRefusalBody) -> ActAnswer:
    """Keep the dossier; everything goes on."""
    return await act(body.intent())


@_act("return", Action.SEND_BACK)
async def send_back(act: Act, body: bodies.ReturnBody) -> ActAnswer:
    """Send the dossier back without a result."""
    return await act(body.intent())


@_act("resolution", Action.RESOLVE)
async def resolve_case(act: Act, body: bodies.ResolutionBody) -> ActAnswer:
    """The result is ready."""
    return await act(body.intent())


@_act("apology", Action.APOLOGISE)
async def apologise(act: Act, body: bodies.ApologyBody) -> ActAnswer:
    """Form 04: apologise and promise a new date, once."""
    return await act(body.intent())


@_act("transfer", Action.TRANSFER)
async def transfer_case(act: Act, body: bodies.TransferBody) -> ActAnswer:
    """Make another agency competent."""
    return await act(body.intent())


@_act("dispatch", Action.DISPATCH)
async def dispatch_result(act: Act, body: bodies.DispatchBody) -> ActAnswer:
    """The post took the result over."""
    return await act(body.intent())


@_act("dispatch-return", Action.RETURN_FROM_POST)
async def return_from_post(act: Act, body: bodies.DispatchReturnBody) -> ActAnswer:
    """The post brought the result back."""
    return await act(body.intent())


@_act("hand-over", Action.HAND_OVER)
async def hand_over_result(act: Act, body: bodies.HandOverBody) -> ActAnswer:
    """The citizen has the result."""
    return await act(body.intent())


@_act("undo", Action.UNDO)
async def undo_decision(act: Act) -> ActAnswer:
    """Take a decision back inside the window."""
    return await act(intents.undo_decision())


@_act("annulment", Action.ANNUL)
async def annul_decision(act: Act, body: bodies.AnnulmentBody) -> ActAnswer:
    """Take a decision back later, as a supervisor and with a reason."""
    return await act(body.intent())
