"""What the public may look up without an account."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import StringConstraints

from services.intake_service.api import examples
from services.intake_service.api.dependencies import Use
from shared.schemas.base import AnswerModel, DossierCode, Moment, RequestModel
from shared.schemas.lifecycle import DossierStatus
from shared.web.documented_answers import problem_responses, sent
from shared.web.limits import Attempts
from shared.web.security import public

router = APIRouter(prefix="/v1", tags=["Public look-up"])

# Codes are guessable and the factor is short: nobody gets to try many.
_attempts = Attempts(most=5, seconds=3600)


class LookupBody(RequestModel):
    """A dossier code, and the last four characters of the applicant's identity number."""

    code: DossierCode
    identity_ends_with: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9-]{4}$")]


class LookupView(AnswerModel):
    """Where the dossier stands. No name, no content."""

    code: str
    status: DossierStatus
    changed_at: Moment
    appointment: date | None
    promised_on: date | None
    """The new promise, when the agency apologised."""


@router.post(
    "/lookups",
    dependencies=[Depends(public)],
    responses=problem_responses(404, 429),
    openapi_extra=sent(examples.LOOKUP),
)
async def look_up_dossier(body: LookupBody, use: Use) -> LookupView:
    """Status and dates, for whoever holds the receipt. Five tries an hour for a code."""
    _attempts.count(body.code)
    found = await use.queries.look_up(body.code, body.identity_ends_with)
    return LookupView(
        code=body.code,
        status=found.status,
        changed_at=found.changed_at,
        appointment=found.appointment,
        promised_on=found.promised_on,
    )
