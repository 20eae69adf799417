"""Reading cases."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from services.processing_service.api.dependencies import AtLeast, Code, Use
from services.processing_service.api.views import (
    AllowedActionsView,
    CaseView,
    ComponentsView,
    OverdueView,
    case_view,
)
from services.processing_service.application.ports import CaseFilter
from shared.schemas.base import AgencyCode, RequestModel, WrittenFlag, WrittenWhole
from shared.schemas.lifecycle import DossierStatus
from shared.web.act_bodies import component_view
from shared.web.answers import AfterSequence, HistoryItem, history_page
from shared.web.conditions import IfNoneMatchHeader, not_modified, tag
from shared.web.documented_answers import NOT_MODIFIED, TAGGED, problem_responses
from shared.web.pages import Page, PageSize, decode_cursor, encode_cursor, page_of
from shared.web.security import Caller

router = APIRouter(prefix="/v1/cases", tags=["Cases"])
_ONE = problem_responses(404)


class CaseList(RequestModel):
    """Which cases are listed; nothing said is no restriction."""

    status: DossierStatus | None = None
    """Only cases in this status."""
    agency: AgencyCode | None = None
    """The competent agency."""
    assignee: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,200}$")] | None = None
    """Account at the sign-on (`<issuer>|<subject>`) that has the case."""
    foreign_number: Annotated[str, Field(pattern=r"^[A-Za-z0-9./_-]{3,60}$")] | None = None
    """The portal's or a ministry system's number."""
    overdue: WrittenFlag | None = None
    """Whether the appointment of record has passed, today."""
    limit: Annotated[WrittenWhole, Field(ge=1, le=200)] = 50
    """How many items at the most."""
    cursor: Annotated[str, Field(max_length=500)] | None = None
    """`next` of the page before."""

    def chosen(self) -> CaseFilter:
        return CaseFilter(self.status, self.agency, self.assignee, self.foreign_number, self.overdue)


@router.get("")
async def list_cases(caller: Caller, use: Use, asked: Annotated[CaseList, Query()]) -> Page[CaseView]:
    """The cases that the caller may see, in the order of their codes."""
    key = decode_cursor(asked.cursor, str)
    found = await use.queries.page(caller, asked.chosen(), str(key[0]) if key else None, asked.limit + 1)
    return page_of(found, asked.limit, case_view, lambda last: encode_cursor(last.code))


@router.get(
    "/{code}",
    responses={**TAGGED, **NOT_MODIFIED, **problem_responses(404, 412)},
    response_model=CaseView,
)
async def get_case(
    code: Code,
    caller: Caller,
    response: Response,
    use: Use,
    at_least: AtLeast = None,
    if_none_match: IfNoneMatchHeader = None,
) -> CaseView | Response:
    """The case, tagged with its version."""
    case = await use.queries.case(code, caller, at_least=at_least)
    if unchanged := not_modified(if_none_match, case.version):
        return unchanged
    tag(response, case.version)
    return case_view(case)


@router.get("/{code}/components", responses=_ONE)
async def case_components(code: Code, caller: Caller, use: Use) -> ComponentsView:
    """What was handed in with the dossier and later."""
    found = await use.queries.components(code, caller)
    return ComponentsView(code=code, components=[component_view(copy) for copy in found])


@router.get("/{code}/history", responses=_ONE)
async def case_history(
    code: Code,
    caller: Caller,
    use: Use,
    limit: PageSize = 50,
    after: AfterSequence = 0,
) -> Page[HistoryItem]:
    """What happened since acceptance; the dossier's own history has the beginning."""
    return history_page(await use.queries.history(code, caller, after, limit + 1), limit)


@router.get("/{code}/allowed-actions", responses=_ONE)
async def case_allowed_actions(code: Code, caller: Caller, use: Use) -> AllowedActionsView:
    """What the caller may do now."""
    case, actions = await use.queries.allowed_actions(code, caller)
    return AllowedActionsView(code=code, version=case.version, status=case.status, allowed_actions=actions)


@router.get("/{code}/overdue", responses=_ONE)
async def case_overdue(code: Code, caller: Caller, use: Use) -> OverdueView:
    """Whether the appointment, or the time for a supplement, has passed."""
    found = await use.queries.overdue(code, caller)
    case = found.case
    return OverdueView(
        code=code,
        version=case.version,
        at=found.at,
        appointment=case.due_on,
        overdue=found.overdue,
        respond_by=case.supplement.respond_by if case.supplement else None,
        supplement_overdue=found.supplement_overdue,
    )
