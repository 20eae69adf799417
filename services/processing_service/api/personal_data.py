"""Personal data: shown to officers of the competent agency, and every time it is, that is on record."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.processing_service.api.dependencies import Code, Use
from services.processing_service.application.ports import PersonalDataRead
from shared.schemas.base import AnswerModel, Moment, WrittenWhole
from shared.web.documented_answers import problem_responses
from shared.web.pages import Page, PageSize, page_of
from shared.web.security import Caller

router = APIRouter(prefix="/v1/cases", tags=["Personal data"], responses=problem_responses(403, 404))


class ApplicantView(AnswerModel):
    """The applicant as filed."""

    code: str
    applicant: dict[str, Any]


class PersonalDataReadView(AnswerModel):
    """In which quality somebody looked at the applicant's data, and when."""

    role: str
    agency: str | None
    read_at: Moment


@router.get("/{code}/applicant")
async def case_applicant(code: Code, caller: Caller, use: Use) -> ApplicantView:
    """The applicant's data. The applicant can see that it was read."""
    return ApplicantView(code=code, applicant=await use.queries.applicant(code, caller))


@router.get("/{code}/personal-data-reads")
async def case_personal_data_reads(
    code: Code,
    caller: Caller,
    use: Use,
    limit: PageSize = 50,
    after: Annotated[WrittenWhole, Query(ge=0, le=2**62, description="`next` of the page before")] = 0,
) -> Page[PersonalDataReadView]:
    """Who has read the applicant's data."""
    found = await use.queries.personal_data_reads(code, caller, after, limit + 1)
    return page_of(found, limit, _read_view, lambda last: str(last.number))


def _read_view(read: PersonalDataRead) -> PersonalDataReadView:
    return PersonalDataReadView(role=read.role, agency=read.agency, read_at=read.read_at)
