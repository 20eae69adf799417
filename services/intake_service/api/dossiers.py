"""Filing and reading dossiers."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from services.intake_service.api import examples
from services.intake_service.api.dependencies import Code, Use
from services.intake_service.api.schemas import DossierView, FilingBody, dossier_view
from shared.schemas.base import AnswerModel, Moment
from shared.schemas.lifecycle import DossierStatus
from shared.web.answers import ActAnswer, AfterSequence, HistoryItem, answer, history_page
from shared.web.conditions import IfNoneMatchHeader, RequiredClaim, not_modified, tag
from shared.web.documented_answers import FILED, NOT_MODIFIED, TAGGED, problem_responses, sent
from shared.web.pages import (
    Cursor,
    Page,
    PageSize,
    decode_cursor,
    decode_moment,
    encode_cursor,
    micros,
    page_of,
)
from shared.web.security import Caller, authenticate
from shared.web.uploads import REFUSED_UPLOADS, UploadedContents, Uploads

router = APIRouter(prefix="/v1", tags=["Dossiers"])
_RULES = (
    "procedure-unknown", "procedure-not-in-force", "duration-unconfirmed", "no-competent-agency",
    "case-unknown", "channel-not-offered", "desk-unknown", "desk-without-rights",
    "decision-at-the-counter", "foreign-number-not-yours", "component-unknown", "component-repeated",
    "components-missing", "content-unknown", "calendar-year-missing",
)  # fmt: skip


@router.post(
    "/contents",
    status_code=201,
    responses=problem_responses(rules=REFUSED_UPLOADS),
    dependencies=[Depends(authenticate)],
)
async def upload_contents(files: Uploads, use: Use) -> UploadedContents:
    """Store documents; each is addressed by its SHA-256. The same bytes again are stored once."""
    return UploadedContents(digests=await use.contents.put_all(files))


@router.post(
    "/dossiers",
    status_code=201,
    responses={**FILED, **problem_responses(403, 409, rules=_RULES, conflict="foreign-number-taken")},
    openapi_extra=sent(examples.FILING),
)
async def file_dossier(
    body: FilingBody, caller: Caller, claim: RequiredClaim, response: Response, use: Use
) -> ActAnswer:
    """File a dossier. At the counter the same call accepts, asks to complete or refuses."""
    entry = await use.file(body.filing(), caller, claim)
    response.headers["Location"] = f"/v1/dossiers/{entry.code}"
    return answer(response, entry)


@router.get("/dossiers")
async def list_dossiers(
    caller: Caller,
    use: Use,
    status: Annotated[DossierStatus | None, Query(description="Only dossiers in this status")] = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Page[DossierView]:
    """One's own dossiers, or those of the agencies one works for, oldest first."""
    key = decode_cursor(cursor, int, str)
    after = (decode_moment(key[0]), str(key[1])) if key else None
    found = await use.queries.page(caller, status, after, limit + 1)
    return page_of(found, limit, dossier_view, lambda last: encode_cursor(micros(last.filed_at), last.code))


@router.get(
    "/dossiers/{code}",
    responses={**TAGGED, **NOT_MODIFIED, **problem_responses(404)},
    response_model=DossierView,
)
async def get_dossier(
    code: Code,
    caller: Caller,
    response: Response,
    use: Use,
    if_none_match: IfNoneMatchHeader = None,
) -> DossierView | Response:
    """What was filed and what intake decided. After acceptance the link `case` leads on."""
    dossier = await use.queries.dossier(code, caller)
    if unchanged := not_modified(if_none_match, dossier.version):
        return unchanged
    tag(response, dossier.version)
    return dossier_view(dossier)


@router.get("/dossiers/{code}/history", responses=problem_responses(404))
async def dossier_history(
    code: Code,
    caller: Caller,
    use: Use,
    limit: PageSize = 50,
    after: AfterSequence = 0,
) -> Page[HistoryItem]:
    """What intake wrote of the dossier's history; the case has the rest."""
    return history_page(await use.queries.history(code, caller, after, limit + 1), limit)


class ReceiptComponent(AnswerModel):
    """A line of the receipt."""

    name: str
    digitised: bool


class ReceiptView(AnswerModel):
    """Form 01: receipt and appointment."""

    code: str
    procedure: str
    procedure_name: str
    agency: str
    desk: str
    accepted_at: Moment
    appointment: date | None
    components: list[ReceiptComponent]


@router.get("/dossiers/{code}/receipt", responses=problem_responses(404))
async def get_receipt(code: Code, caller: Caller, use: Use) -> ReceiptView:
    """The receipt that acceptance issued."""
    receipt = await use.queries.receipt(code, caller)
    dossier = receipt.dossier
    return ReceiptView(
        code=dossier.code,
        procedure=dossier.facts.procedure,
        procedure_name=receipt.procedure_name,
        agency=dossier.facts.agency,
        desk=dossier.facts.desk,
        accepted_at=dossier.accepted_at or dossier.filed_at,
        appointment=dossier.appointment,
        components=[ReceiptComponent(name=n, digitised=d) for n, d in receipt.components],
    )
