"""What routes are given."""

from typing import Annotated

from fastapi import Depends, Path, Request

from services.intake_service.application.acts import Asked
from services.intake_service.application.use_cases import UseCases
from shared.principal import Principal
from shared.schemas.base import DossierCode
from shared.schemas.lifecycle import Role
from shared.web.conditions import IfMatchHeader, KeyHeader, claim_of, expected_version
from shared.web.security import Caller, RequiredRole

Code = Annotated[DossierCode, Path(description="Dossier code")]


# Coroutines: what is no coroutine would be run in a thread for every request.
async def _use_cases(request: Request) -> UseCases:
    use_cases: UseCases = request.state.use_cases
    return use_cases


# One step with all headers: every further dependency would cost each act as much as its domain rules do.
async def _asked(
    code: Code, caller: Caller, request: Request, if_match: IfMatchHeader, key: KeyHeader = None
) -> Asked:
    version = await expected_version(if_match)
    return Asked(code, caller, version, await claim_of(request, caller, key) if key else None)


Administrator = Annotated[Principal, Depends(RequiredRole(Role.ADMINISTRATOR))]
Use = Annotated[UseCases, Depends(_use_cases)]
Ask = Annotated[Asked, Depends(_asked)]
