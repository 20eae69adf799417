"""The catalogue of procedures: for everybody to read, for administrators to confirm and import."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query, Response
from pydantic import Field

from services.intake_service.api import examples
from services.intake_service.api.dependencies import Administrator, Use
from services.intake_service.application.catalogue import CatalogueFilter, ImportRecord
from shared.legal_clock.duration import Duration
from shared.schemas.base import (
    AgencyCode,
    Day,
    Flag,
    LongText,
    ProcedureCode,
    RequestModel,
    ShortText,
    WrittenWhole,
)
from shared.schemas.lifecycle import Channel, OnlineLevel, PausePolicy
from shared.schemas.reference import CompetentAgency, Component, Procedure, ProcedureCase
from shared.web.conditions import ExpectedVersion, RequiredClaim, tag
from shared.web.documented_answers import LOCATED, TAGGED, problem_responses, sent
from shared.web.pages import Cursor, Page, PageSize, decode_cursor, encode_cursor, page_of
from shared.web.security import public

router = APIRouter(prefix="/v1/catalogue", tags=["Catalogue"])

Code = Annotated[ProcedureCode, Path(description="Procedure code")]
ImportNumber = Annotated[
    WrittenWhole, Path(ge=1, le=2**31 - 1, description="As the import was answered", examples=[1])
]
CatalogueFileBody = Annotated[
    bytes, Body(media_type="text/csv", description="UTF-8, with the columns of the national catalogue")
]


_RULES = (
    "ends-before-it-begins", "spans-overlap", "unknown-agency", "code-twice", "online-level", "missing",
    "duration-unconfirmed", "longer-than-statutory",
)  # fmt: skip
_FILE_RULES = (
    "file-too-large", "too-many-rows", "csv", "encoding", "unknown-column", "missing-column", "column-twice",
)  # fmt: skip


class _DurationBody(Duration, extra="forbid"):
    pass


class _CaseBody(ProcedureCase, extra="forbid"):
    statutory: _DurationBody | None
    committed: _DurationBody | None


class _CompetentBody(CompetentAgency, extra="forbid"):
    pass


class _ComponentBody(Component, extra="forbid"):
    pass


class ProcedureBody(RequestModel):
    """A procedure in full. Durations that are given here are confirmed."""

    name_vi: LongText
    name_en: LongText | None
    field: ShortText
    online_level: OnlineLevel
    channels: Annotated[frozenset[Channel], Field(min_length=1)]
    competent: Annotated[tuple[_CompetentBody, ...], Field(max_length=50)]
    valid_from: Day
    valid_to: Day | None
    duration_known: Flag
    """False keeps the procedure from being filed."""
    cases: Annotated[tuple[_CaseBody, ...], Field(min_length=1, max_length=100)]
    components: Annotated[tuple[_ComponentBody, ...], Field(max_length=50)]
    pause_policy: PausePolicy
    has_result: Flag

    def procedure(self, code: str, version: int) -> Procedure:
        return Procedure(code=code, version=version, **dict(self))


@router.get("/procedures", dependencies=[Depends(public)])
async def list_procedures(
    use: Use,
    field: Annotated[ShortText | None, Query(description="Lĩnh vực, as the catalogue calls it")] = None,
    agency: Annotated[AgencyCode | None, Query(description="Competent at any time")] = None,
    q: Annotated[ShortText | None, Query(description="Words of code or name, diacritics or not")] = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Page[Procedure]:
    """The newest version of each procedure, in order of codes."""
    after = decode_cursor(cursor, str)
    chosen = CatalogueFilter(field=field, agency=agency, words=q)
    found = await use.catalogue.page(chosen, str(after[0]) if after else None, limit + 1)
    return page_of(found, limit, lambda each: each, lambda last: encode_cursor(last.code))


@router.get(
    "/procedures/{code}", dependencies=[Depends(public)], responses={**TAGGED, **problem_responses(404)}
)
async def get_procedure(
    code: Code,
    use: Use,
    response: Response,
    on: Annotated[Day | None, Query(description="A day on which it has to be in force")] = None,
) -> Procedure:
    """The newest version, or the newest that is in force on a day."""
    procedure = await use.catalogue.procedure(code, on)
    tag(response, procedure.version)
    return procedure


@router.put(
    "/procedures/{code}",
    responses={**TAGGED, **problem_responses(404, rules=_RULES)},
    openapi_extra=sent(examples.PROCEDURE),
)
async def replace_procedure(
    code: Code,
    body: ProcedureBody,
    by: Administrator,
    version: ExpectedVersion,
    use: Use,
    response: Response,
) -> Procedure:
    """Publish the next version. Dossiers that are filed already keep the version that they pinned."""
    procedure = await use.catalogue.replace(body.procedure(code, version), version, by)
    tag(response, procedure.version)
    return procedure


@router.post(
    "/imports",
    status_code=201,
    responses={**LOCATED, **problem_responses(rules=_FILE_RULES)},
    openapi_extra=sent(examples.CATALOGUE, "text/csv"),
)
async def import_catalogue(
    body: CatalogueFileBody, _: Administrator, claim: RequiredClaim, use: Use, response: Response
) -> ImportRecord:
    """Import a catalogue file: right rows are taken over, wrong ones reported. Confirmed durations stay."""
    record = await use.catalogue.import_file(body, claim)
    response.headers["Location"] = f"/v1/catalogue/imports/{record.number}"
    return record


@router.get("/imports/{number}", responses=problem_responses(404))
async def get_import(number: ImportNumber, _: Administrator, use: Use) -> ImportRecord:
    """What became of every row of an imported file."""
    return await use.catalogue.import_record(number)
