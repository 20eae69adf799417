"""Cases as clients read them."""

from datetime import date

from services.processing_service.domain.case import Case, OpenPayment, OpenSupplement
from shared.schemas.base import AnswerModel, Moment
from shared.schemas.lifecycle import Action, Channel, DossierStatus, HandOverMeans
from shared.web.act_bodies import ComponentView


class CaseView(AnswerModel):
    """A case as everybody sees it who may, at any time: no name in it, and no verdict of today."""

    code: str
    version: int
    """For If-Match, as the ETag is."""
    status: DossierStatus
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
    accepted_at: Moment
    appointment: date | None
    """The appointment of record; none for a procedure without a duration."""
    appointment_at: Moment | None
    """The hour, for durations in working hours."""
    provisional: bool
    """The appointment touches a year whose calendar is not decided yet."""
    calendar_version: int
    """Of the working calendar that the appointment was last computed with."""
    promised_on: date | None
    """The new date of an apology."""
    assigned: bool
    """Whether an officer has the case."""
    supplement_requests: int
    """How often the applicant was asked for something."""
    supplement: OpenSupplement | None
    payment: OpenPayment | None
    results: list[str]
    """SHA-256 of each document of the result."""
    dispatches: int
    """How often the post took the present result over."""
    with_post: bool
    undo_until: Moment | None
    """Until when the decision can be undone."""
    links: dict[str, str]


def case_view(case: Case) -> CaseView:
    facts = case.facts
    return CaseView(
        code=case.code,
        version=case.version,
        status=case.status,
        procedure=facts.procedure,
        procedure_version=facts.procedure_version,
        case=facts.case,
        field=facts.field,
        agency=facts.agency,
        desk=facts.desk,
        channel=facts.channel,
        return_by=facts.return_by,
        foreign_number=facts.foreign_number,
        accepted_at=case.accepted_at,
        appointment=case.due_on,
        appointment_at=case.due_at,
        provisional=case.provisional,
        calendar_version=case.current_calendar,
        promised_on=case.promised_on,
        assigned=case.assignee is not None,
        supplement_requests=case.supplement_requests,
        supplement=case.supplement,
        payment=case.payment,
        results=list(case.results),
        dispatches=case.dispatches,
        with_post=case.with_post,
        undo_until=case.closing.undo_until if case.closing else None,
        links=_links(case.code),
    )


def _links(code: str) -> dict[str, str]:
    case = f"/v1/cases/{code}"
    parts = ("history", "components", "allowed-actions", "overdue")
    return {"dossier": f"/v1/dossiers/{code}", **{part: f"{case}/{part}" for part in parts}}


class AllowedActionsView(AnswerModel):
    """What the caller may do to the case now."""

    code: str
    version: int
    status: DossierStatus
    allowed_actions: list[Action]


class OverdueView(AnswerModel):
    """How the case stands against its dates."""

    code: str
    version: int
    at: Moment
    appointment: date | None
    overdue: bool
    respond_by: date | None
    supplement_overdue: bool


class ComponentsView(AnswerModel):
    """Everything that was handed in, in the order in which it came."""

    code: str
    components: list[ComponentView]
