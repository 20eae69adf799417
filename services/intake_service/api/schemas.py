"""What clients of intake send and get."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.intake_service.application.filing import CounterDecision, Filing
from services.intake_service.domain.applicant import Applicant
from services.intake_service.domain.dossier import Dossier
from shared.schemas.base import (
    AgencyCode,
    AnswerModel,
    Flag,
    Moment,
    ProcedureCode,
    RequestModel,
    ShortText,
)
from shared.schemas.lifecycle import Action, Channel, DossierStatus, HandOverMeans
from shared.web.act_bodies import (
    MOST_COMPONENTS,
    ComponentCodes,
    ComponentInput,
    ComponentInputs,
    ComponentView,
    Reasoned,
    VersionedItem,
    component_view,
)


class AcceptInput(RequestModel):
    """The counter accepts."""

    outcome: Literal["accept"]


class CompletionRequestBody(Reasoned):
    """Everything that is missing, asked for once."""

    missing: ComponentCodes


class RefusalBody(Reasoned):
    """Why the dossier is not accepted."""


class IncompleteInput(CompletionRequestBody):
    """The counter asks to complete."""

    outcome: Literal["request_completion"]


class RefuseInput(RefusalBody):
    """The counter refuses."""

    outcome: Literal["refuse"]


DecisionInput = Annotated[AcceptInput | IncompleteInput | RefuseInput, Field(discriminator="outcome")]


class FilingBody(RequestModel):
    """A dossier to be filed. Counter filings carry the decision that the officer took at once."""

    procedure: ProcedureCode
    case: ShortText | None = None
    """May stay away where the procedure has one case."""
    channel: Channel
    desk: AgencyCode | None = None
    applicant: Applicant
    account: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,200}$")] | None = None
    """The applicant's account at the sign-on (`<issuer>|<subject>`), when somebody else files."""
    components: Annotated[list[ComponentInput], Field(max_length=MOST_COMPONENTS, default_factory=list)]
    return_by: HandOverMeans = HandOverMeans.COUNTER
    foreign_number: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9./_-]{3,60}$")] | None = None
    """The portal's or a ministry system's number: unique for ever, and as good as our code."""
    decision: DecisionInput | None = None

    def filing(self) -> Filing:
        return Filing(
            procedure=self.procedure,
            case=self.case,
            channel=self.channel,
            desk=self.desk,
            applicant=self.applicant,
            account=self.account,
            components=tuple(component.copy_of() for component in self.components),
            return_by=self.return_by,
            foreign_number=self.foreign_number,
            decision=_decision(self.decision),
        )


def _decision(body: AcceptInput | IncompleteInput | RefuseInput | None) -> CounterDecision | None:
    match body:
        case None:
            return None
        case AcceptInput():
            return CounterDecision(Action.ACCEPT)
        case IncompleteInput():
            return CounterDecision(
                Action.REQUEST_COMPLETION, tuple(body.missing), body.reason_code, body.reason
            )
        case RefuseInput():
            return CounterDecision(Action.REFUSE, (), body.reason_code, body.reason)


class ArrivalBody(RequestModel):
    """A postal dossier reached the desk."""

    arrived_at: Moment | None = None
    """When, if it is entered later."""
    picked_up: Flag = False
    """Fetched at home by the post."""


class CompletionBody(RequestModel):
    """What was missing."""

    components: ComponentInputs


class AnnulmentBody(Reasoned):
    """Why a decision is taken back after the window."""


class BulkAcceptBody(RequestModel):
    """Dossiers to accept, each for itself."""

    items: Annotated[list[VersionedItem], Field(min_length=1, max_length=500)]


class DossierView(AnswerModel):
    """A dossier as everybody who may see it sees it: no name, no identity number."""

    code: str
    version: int
    """For If-Match, as the ETag is."""
    status: DossierStatus
    """Until acceptance; from then on the case has it."""
    procedure: str
    procedure_version: int
    """The version of the catalogue that was in force on the day of filing."""
    case: str
    field: str
    agency: str
    """The competent agency."""
    desk: str
    """The receiving desk."""
    channel: Channel
    return_by: HandOverMeans
    foreign_number: str | None
    """The portal's or a ministry system's number."""
    filed_at: Moment
    arrived_at: Moment | None
    """When a postal dossier reached the desk."""
    answer_due_at: Moment | None
    """When the 8 working hours for an answer end; none while a dossier is with the post."""
    accepted_at: Moment | None
    appointment: date | None
    """As the receipt says it; none before acceptance and without a duration."""
    missing: list[str]
    """Components that were asked for."""
    lapses_on: date | None
    """The last day for completing an incomplete dossier."""
    components: list[ComponentView]
    links: dict[str, str]


def dossier_view(dossier: Dossier) -> DossierView:
    """Pure in the dossier: the same version is always the same bytes."""
    facts = dossier.facts
    links = {"self": f"/v1/dossiers/{dossier.code}", "history": f"/v1/dossiers/{dossier.code}/history"}
    if dossier.status is DossierStatus.ACCEPTED:
        links |= {"case": f"/v1/cases/{dossier.code}", "receipt": f"/v1/dossiers/{dossier.code}/receipt"}
    return DossierView(
        code=dossier.code,
        version=dossier.version,
        status=dossier.status,
        procedure=facts.procedure,
        procedure_version=facts.procedure_version,
        case=facts.case,
        field=facts.field,
        agency=facts.agency,
        desk=facts.desk,
        channel=facts.channel,
        return_by=facts.return_by,
        foreign_number=facts.foreign_number,
        filed_at=dossier.filed_at,
        arrived_at=dossier.arrived_at,
        answer_due_at=dossier.answer_due_at,
        accepted_at=dossier.accepted_at,
        appointment=dossier.appointment,
        missing=list(dossier.missing),
        lapses_on=dossier.lapses_on,
        components=[component_view(copy) for copy in dossier.components],
        links=links,
    )
