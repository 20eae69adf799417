"""What clients send with an act. Each body knows what it asks for."""

from typing import Annotated

from pydantic import Field

from services.processing_service.application import intents
from services.processing_service.application.intents import Intent
from services.processing_service.domain.payments import FeeItem
from shared.schemas.base import (
    AgencyCode,
    Day,
    Digest,
    LongText,
    Moment,
    ReasonCode,
    RequestModel,
    ShortText,
    Whole,
)
from shared.schemas.lifecycle import HandOverMeans
from shared.web.act_bodies import ComponentCodes, ComponentInputs, Reasoned

_MOST_DONG = 1_000_000_000_000
Dong = Annotated[Whole, Field(ge=1, le=_MOST_DONG)]


class AssignmentBody(RequestModel):
    """Who gets the case."""

    assignee: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,200}$")]
    """Account at the sign-on (`<issuer>|<subject>`)."""

    def intent(self) -> Intent:
        return intents.assign(self.assignee)


class SupplementRequestBody(Reasoned):
    """Form 02: everything that is missing."""

    missing: ComponentCodes
    respond_by: Day | None = None
    """Within a year; the installation's default where nothing is said."""

    def intent(self) -> Intent:
        return intents.request_supplement(self.missing, self.respond_by, self.reason_code, self.reason)


class SupplementBody(RequestModel):
    """What was asked for."""

    components: ComponentInputs

    def intent(self) -> Intent:
        return intents.provide_supplement([component.copy_of() for component in self.components])


class SupplementCancellationBody(Reasoned):
    """Why nothing has to come any more."""

    def intent(self) -> Intent:
        return intents.cancel_supplement_request(self.reason_code, self.reason)


class FeeItemInput(RequestModel):
    """One line of what is to be paid."""

    name: ShortText
    amount: Dong


class PaymentRequestBody(RequestModel):
    """What is to be paid."""

    items: Annotated[list[FeeItemInput], Field(min_length=1, max_length=20)]

    def intent(self) -> Intent:
        return intents.request_payment([FeeItem(name=item.name, amount=item.amount) for item in self.items])


class PaymentBody(RequestModel):
    """What was paid."""

    amount: Dong
    reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9./_-]{1,80}$")]
    """The payment's number at the gateway or the cash desk."""
    effective_at: Moment | None = None
    """When it was paid, if that was before now."""

    def intent(self) -> Intent:
        return intents.confirm_payment(self.amount, self.reference, self.effective_at)


class WithdrawalRequestBody(RequestModel):
    """Why the applicant wants the dossier back, if they say so."""

    reason: LongText | None = None

    def intent(self) -> Intent:
        return intents.request_withdrawal(self.reason)


class WithdrawalRefusalBody(Reasoned):
    """Why the dossier is not given back."""

    def intent(self) -> Intent:
        return intents.decline_withdrawal(self.reason_code, self.reason)


class ReturnBody(Reasoned):
    """Why the dossier is sent back without a result."""

    def intent(self) -> Intent:
        return intents.send_back(self.reason_code, self.reason)


class ResolutionBody(RequestModel):
    """The result."""

    results: Annotated[list[Digest], Field(max_length=20, default_factory=list)]
    """Of uploaded documents; empty for a procedure that has no result."""

    def intent(self) -> Intent:
        return intents.resolve(self.results)


class ApologyBody(Reasoned):
    """Form 04: a new promise."""

    promised_on: Day

    def intent(self) -> Intent:
        return intents.apologise(self.promised_on, self.reason_code, self.reason)


class TransferBody(Reasoned):
    """The agency that becomes competent."""

    to_agency: AgencyCode

    def intent(self) -> Intent:
        return intents.transfer(self.to_agency, self.reason_code, self.reason)


class DispatchBody(RequestModel):
    """Who takes the result over."""

    partner: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{1,39}$")] = "vnpost"

    def intent(self) -> Intent:
        return intents.dispatch(self.partner)


class DispatchReturnBody(RequestModel):
    """Why it could not be delivered."""

    reason_code: ReasonCode | None = None
    reason: LongText | None = None

    def intent(self) -> Intent:
        return intents.return_from_post(self.reason_code, self.reason)


class HandOverBody(RequestModel):
    """How the citizen got the result."""

    means: HandOverMeans
    proof: Annotated[str, Field(pattern=r"^[A-Za-z0-9./_-]{1,80}$")] | None = None
    """The post's number for the delivery; needed for a delivery by post."""

    def intent(self) -> Intent:
        return intents.hand_over(self.means, self.proof)


class AnnulmentBody(Reasoned):
    """Why a decision is taken back after the window."""

    def intent(self) -> Intent:
        return intents.annul_decision(self.reason_code, self.reason)
