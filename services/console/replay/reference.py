"""Catalogue and calendar as the API gives them: what a plan is made from."""

from typing import Any

from pydantic import TypeAdapter

from services.console.replay.client import CallFailedError, Client, described
from shared.legal_clock.calendar import CalendarDefinition, CalendarYear
from shared.schemas.base import Schema
from shared.schemas.reference import AgencyTree, Procedure

_PAGE = 200
_YEARS_BEFORE, _YEARS_AFTER = 1, 5


class Reference(Schema):
    """What held when the replay began; kept in its journal, since the replay itself edits the calendar."""

    procedures: tuple[Procedure, ...]
    calendar: CalendarDefinition


async def fetch_reference(client: Client, year: int) -> Reference:
    """The whole catalogue, and the calendar of the years around `year`. Raises `CallFailedError`."""
    return Reference(procedures=await _procedures(client), calendar=await _calendar(client, year))


async def fetch_tree(client: Client) -> AgencyTree:
    """The agencies as they are now. Raises `CallFailedError`."""
    answer = await client.get("/v1/agencies")
    if answer.status != 200:
        raise CallFailedError(f"the agencies cannot be read: {described(answer)}")
    return AgencyTree.model_validate(answer.document)


async def _procedures(client: Client) -> tuple[Procedure, ...]:
    found: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await client.get("/v1/catalogue/procedures", limit=str(_PAGE), **cursor)
        if answer.status != 200:
            raise CallFailedError(f"the catalogue cannot be read: {described(answer)}")
        found += answer.document["items"]
        if answer.document["next"] is None:
            return TypeAdapter(tuple[Procedure, ...]).validate_python(found)
        cursor = {"cursor": answer.document["next"]}


async def _calendar(client: Client, year: int) -> CalendarDefinition:
    years, version = [], 1
    for each in range(year - _YEARS_BEFORE, year + _YEARS_AFTER + 1):
        answer = await client.get(f"/v1/calendar/{each}")
        if answer.status == 404:
            continue
        if answer.status != 200:
            raise CallFailedError(f"the calendar cannot be read: {described(answer)}")
        version = answer.document["version"]
        years.append(CalendarYear.model_validate(answer.document))
    return CalendarDefinition(version=version, years=tuple(years))
