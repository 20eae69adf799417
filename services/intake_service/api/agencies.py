"""Agencies and receiving desks: for everybody to read, for administrators to edit."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from services.intake_service.api import examples
from services.intake_service.api.dependencies import Administrator, Use
from shared.schemas.base import Day, RequestModel
from shared.schemas.reference import Agency, AgencyTree, Desk
from shared.web.conditions import ExpectedVersion, tag
from shared.web.documented_answers import TAGGED, problem_responses, sent
from shared.web.security import public

router = APIRouter(prefix="/v1", tags=["Agencies"])

_MOST_AGENCIES = 2000
_RULES = (
    "ends-before-it-begins", "spans-overlap", "agency-vanished", "one-root", "unknown-parent", "circle",
    "code-twice", "unknown-agency",
)  # fmt: skip


class _AgencyBody(Agency, extra="forbid"):
    pass


class _DeskBody(Desk, extra="forbid"):
    pass


class AgencyTreeBody(RequestModel):
    """The whole tree. An agency that is gone stays, with the last day on which it was there."""

    agencies: Annotated[tuple[_AgencyBody, ...], Field(min_length=1, max_length=_MOST_AGENCIES)]
    desks: Annotated[tuple[_DeskBody, ...], Field(max_length=_MOST_AGENCIES)]


@router.get("/agencies", dependencies=[Depends(public)], responses=TAGGED)
async def list_agencies(
    use: Use,
    response: Response,
    on: Annotated[Day | None, Query(description="Only what is there on this day")] = None,
) -> AgencyTree:
    """The tree with the agencies of every day, or of one."""
    tree = await use.agencies.current()
    tag(response, tree.version)
    return tree if on is None else tree.model_copy(update={"agencies": tree.in_force(on)})


@router.put(
    "/agencies",
    responses={**TAGGED, **problem_responses(rules=_RULES)},
    openapi_extra=sent(examples.AGENCIES),
)
async def replace_agencies(
    body: AgencyTreeBody, by: Administrator, version: ExpectedVersion, use: Use, response: Response
) -> AgencyTree:
    """Publish the next version of the whole tree."""
    tree = await use.agencies.replace(body.agencies, body.desks, version, by)
    tag(response, tree.version)
    return tree
