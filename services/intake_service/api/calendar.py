"""The working calendar: for everybody to read, for administrators to edit."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field

from services.intake_service.api import examples
from services.intake_service.api.dependencies import Administrator, Use
from services.intake_service.application.calendar import year_of
from shared.legal_clock.calendar import CalendarDay, CalendarDefinition, CalendarYear, DayKind, YearState
from shared.schemas.base import AnswerModel, Day, RequestModel, ShortText, WrittenWhole
from shared.web.conditions import ExpectedVersion, tag
from shared.web.documented_answers import TAGGED, problem_responses, sent
from shared.web.security import public

router = APIRouter(prefix="/v1/calendar", tags=["Working calendar"])

Year = Annotated[WrittenWhole, Path(ge=1900, le=9998, description="A calendar year", examples=[2024])]
SpecialDay = Annotated[Day, Path(description="A day in Vietnam")]
_EDIT = {**TAGGED, **problem_responses(404)}


class CalendarDayBody(RequestModel):
    """Why a day differs from others of its weekday."""

    kind: DayKind
    name: ShortText


class _DayOfYearBody(CalendarDay, extra="forbid"):
    pass


class CalendarYearBody(RequestModel):
    """A year in full."""

    state: YearState
    days: Annotated[tuple[_DayOfYearBody, ...], Field(max_length=366)]


class CalendarYearView(AnswerModel):
    """A year of the calendar. `version` is the whole calendar's, and the ETag."""

    version: int
    year: int
    state: YearState
    days: list[CalendarDay]


@router.get("/{year}", dependencies=[Depends(public)], responses=_EDIT)
async def get_calendar_year(year: Year, use: Use, response: Response) -> CalendarYearView:
    """Days off and make-up working days; every other weekday is worked."""
    return _view(await use.calendar.current(), year, response)


@router.put(
    "/days/{day}",
    responses={**_EDIT, **problem_responses(rules=["makeup-day-on-weekday"])},
    openapi_extra=sent(examples.CALENDAR_DAY),
)
async def set_calendar_day(
    day: SpecialDay,
    body: CalendarDayBody,
    by: Administrator,
    version: ExpectedVersion,
    use: Use,
    response: Response,
) -> CalendarYearView:
    """Make a day special, or replace why it is. Open dossiers are recomputed, none to an earlier date."""
    special = CalendarDay(date=day, kind=body.kind, name=body.name)
    return _view(await use.calendar.set_day(special, version, by), day.year, response)


@router.delete("/days/{day}", responses=_EDIT)
async def remove_calendar_day(
    day: SpecialDay, by: Administrator, version: ExpectedVersion, use: Use, response: Response
) -> CalendarYearView:
    """Make a special day like others of its weekday."""
    return _view(await use.calendar.remove_day(day, version, by), day.year, response)


@router.put(
    "/years/{year}",
    responses={
        **_EDIT,
        **problem_responses(
            rules=[
                "makeup-day-on-weekday",
                "calendar-day-outside-year",
                "calendar-day-twice",
                "calendar-years-not-consecutive",
            ]
        ),
    },
    openapi_extra=sent(examples.CALENDAR_YEAR),
)
async def set_calendar_year(
    year: Year,
    body: CalendarYearBody,
    by: Administrator,
    version: ExpectedVersion,
    use: Use,
    response: Response,
) -> CalendarYearView:
    """Add or replace a whole year: the two days of a swap belong in one edit."""
    whole = CalendarYear(year=year, state=body.state, days=body.days)
    return _view(await use.calendar.set_year(whole, version, by), year, response)


@router.post("/years/{year}/decision", responses={**_EDIT, **problem_responses(409)})
async def decide_calendar_year(
    year: Year, by: Administrator, version: ExpectedVersion, use: Use, response: Response
) -> CalendarYearView:
    """Declare a provisional year decided as it stands."""
    return _view(await use.calendar.decide(year, version, by), year, response)


def _view(calendar: CalendarDefinition, year: int, response: Response) -> CalendarYearView:
    found = year_of(calendar, year)
    tag(response, calendar.version)
    return CalendarYearView(
        version=calendar.version, year=found.year, state=found.state, days=list(found.days)
    )
