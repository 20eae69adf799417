"""What routes are given."""

from typing import Annotated

from fastapi import Depends, Path, Request

from services.intake_service.application.acts import Asked
from services.intake_service.application.use_cases import UseCases
from shared.principal import Principal
from shared.schemas.base import DossierCode
from shared.schemas.lifecycle import Role
from shared.web.conditions import ExpectedVersion, OptionalClaim
from shared.web.security import Caller, require_role

Code = Annotated[DossierCode, Path(description="Dossier code, like H41.SCT-230515-0001")]


# Coroutines: what is no coroutine would be run in a thread for every request.
async def _use_cases(request: Request) -> UseCases:
    use_cases: UseCases = request.state.use_cases
    return use_cases


async def _asked(code: Code, caller: Caller, version: ExpectedVersion, claim: OptionalClaim) -> Asked:
    return Asked(code, caller, version, claim)


Administrator = Annotated[Principal, Depends(require_role(Role.ADMINISTRATOR))]
Use = Annotated[UseCases, Depends(_use_cases)]
Ask = Annotated[Asked, Depends(_asked)]
