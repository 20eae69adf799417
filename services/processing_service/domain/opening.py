"""A case begins when intake hands an accepted dossier over."""

from datetime import datetime

from services.processing_service.domain.case import Case
from shared.events.dossier import Accepted
from shared.history import ChainHead
from shared.schemas.lifecycle import DossierStatus


def opened(
    code: str,
    accepted: Accepted,
    *,
    accepted_at: datetime,
    head: ChainHead,
    owner: str | None,
    representative: str | None,
) -> Case:
    """The case as it stands after `accepted`; its history goes on behind `head`."""
    return Case(
        code=code,
        version=head.sequence,
        head_hash=head.hash.hex(),
        status=DossierStatus.ACCEPTED,
        facts=accepted.facts,
        owner=owner,
        representative=representative,
        accepted_at=accepted_at,
        calendar_version=accepted.calendar_version,
        calendar_checked=accepted.calendar_version,
        due_on=accepted.appointment,
        due_at=accepted.appointment_at,
        provisional=accepted.provisional,
    )
