"""What routes are given."""

from typing import Annotated

from fastapi import Depends, Header, Path, Request, Response

from services.processing_service.application.acts import Asked
from services.processing_service.application.intents import Intent
from services.processing_service.application.use_cases import UseCases
from shared.schemas.base import DossierCode, WrittenWhole
from shared.web.answers import ActAnswer, answer
from shared.web.conditions import (
    IfMatchHeader,
    KeyHeader,
    RequiredKeyHeader,
    claim_of,
    expected_version,
)
from shared.web.security import Caller

Code = Annotated[DossierCode, Path(description="Dossier code")]
AtLeast = Annotated[
    WrittenWhole | None,
    Header(
        alias="Dossier-Version",
        ge=1,
        le=999_999_999,
        description="Wait up to 2 s for this version: the ETag that an earlier answer gave",
    ),
]


# Coroutines: what is no coroutine would be run in a thread for every request.
async def _use_cases(request: Request) -> UseCases:
    use_cases: UseCases = request.state.use_cases
    return use_cases


Use = Annotated[UseCases, Depends(_use_cases)]


class Perform:
    """Performs an act as the request asks, and answers it."""

    def __init__(self, asked: Asked, use: UseCases, response: Response) -> None:
        self._asked = asked
        self._use = use
        self._response = response

    async def __call__(self, intent: Intent) -> ActAnswer:
        return answer(self._response, await self._use.acts.perform(self._asked, intent))


# One step with all headers: every further dependency would cost each act as much as its domain rules do.
async def _perform(
    code: Code,
    caller: Caller,
    request: Request,
    response: Response,
    if_match: IfMatchHeader,
    key: KeyHeader = None,
) -> Perform:
    version = await expected_version(if_match)
    claim = await claim_of(request, caller, key) if key else None
    return Perform(Asked(code, caller, version, claim), await _use_cases(request), response)


async def _perform_named(
    code: Code,
    caller: Caller,
    request: Request,
    response: Response,
    if_match: IfMatchHeader,
    key: RequiredKeyHeader,
) -> Perform:
    version = await expected_version(if_match)
    claim = await claim_of(request, caller, key)
    return Perform(Asked(code, caller, version, claim), await _use_cases(request), response)


Act = Annotated[Perform, Depends(_perform)]
NamedAct = Annotated[Perform, Depends(_perform_named)]
"""For acts that create something: the request must have an Idempotency-Key."""
