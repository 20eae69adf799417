"""Closed periods: figures that no later event changes unseen."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from services.stats_service.api.dependencies import Use, readers_only
from services.stats_service.api.schemas import (
    AmendedPeriodView,
    ClosedPeriodView,
    CorrectionView,
    amended_period_view,
    closed_period_view,
    correction_view,
)
from services.stats_service.domain.period import Period
from shared.errors import MalformedError, RuleViolationError
from shared.schemas.base import Day
from shared.schemas.lifecycle import Role
from shared.web.documented_answers import problem_responses
from shared.web.pages import Cursor, Page, PageSize, decode_cursor, encode_cursor, page_of
from shared.web.security import Caller, RequiredRole

router = APIRouter(prefix="/v1/reports/closed-periods", tags=["Closed periods"])
_RULES = ("period-reversed", "day-out-of-range")
_PLACES = {"query:from": "path:first", "query:to": "path:last"}
_administrator_only = Depends(RequiredRole(Role.ADMINISTRATOR))


async def _period(
    first: Annotated[Day, Path(description="The first day")],
    last: Annotated[Day, Path(description="The last day, inclusive")],
) -> Period:
    try:
        return Period(first, last)
    except RuleViolationError as error:
        place = _PLACES[error.extra["field"]]
        raise RuleViolationError(error.detail, field=place, rule=error.code) from error


Named = Annotated[Period, Depends(_period)]


@router.put(
    "/{first}/{last}",
    dependencies=[_administrator_only],
    status_code=201,
    responses={200: {"model": ClosedPeriodView}, **problem_responses(409, rules=_RULES)},
)
async def close_period(period: Named, caller: Caller, use: Use, response: Response) -> ClosedPeriodView:
    """Freeze a period's figures. Closing it again answers 200 and changes nothing."""
    closed, just_now = await use.closing.close(caller, period)
    response.status_code = 201 if just_now else 200
    return closed_period_view(closed)


@router.get("/{first}/{last}", dependencies=[readers_only], responses=problem_responses(404, rules=_RULES))
async def get_closed_period(period: Named, use: Use) -> AmendedPeriodView:
    """The frozen figures and the sum of what has changed since."""
    return amended_period_view(await use.closing.show(period))


@router.get(
    "/{first}/{last}/document",
    dependencies=[readers_only],
    response_class=Response,
    responses={200: {"content": {"application/json": {}}}, **problem_responses(404, rules=_RULES)},
)
async def get_closed_period_document(period: Named, use: Use) -> Response:
    """Every cell as it was frozen, in the bytes that the digest is of."""
    return Response(await use.closing.document(period), media_type="application/json")


@router.get(
    "/{first}/{last}/corrections", dependencies=[readers_only], responses=problem_responses(404, rules=_RULES)
)
async def list_corrections(
    period: Named, use: Use, limit: PageSize = 50, cursor: Cursor = None
) -> Page[CorrectionView]:
    """What later annulments and late events changed, by dossier."""
    after = decode_cursor(cursor, str)
    found = await use.closing.corrections(
        period, after=None if after is None else str(after[0]), limit=limit + 1
    )
    return page_of(found, limit, correction_view, lambda last: encode_cursor(last.code))


@router.get("", dependencies=[readers_only])
async def list_closed_periods(
    use: Use, limit: PageSize = 50, cursor: Cursor = None
) -> Page[ClosedPeriodView]:
    """The newest first."""
    found = await use.closing.list(before=_days(cursor), limit=limit + 1)
    return page_of(
        found,
        limit,
        closed_period_view,
        lambda last: encode_cursor(str(last.period.last), str(last.period.first)),
    )


def _days(cursor: str | None) -> tuple[date, date] | None:
    key = decode_cursor(cursor, str, str)
    if key is None:
        return None
    try:
        last, first = (date.fromisoformat(str(part)) for part in key)
    except ValueError as error:
        raise MalformedError(
            "cursor is none that we gave out",
            errors=[
                {"pointer": "query:cursor", "rule": "cursor", "detail": "take `next` of the page before"}
            ],
        ) from error
    return last, first
