"""What every act on a case has in common."""

from typing import Any

from services.processing_service.domain.case import Case
from shared.lifecycle import Transition
from shared.principal import Grant
from shared.schemas.lifecycle import DossierStatus, Role

_CHANNELS = {
    Role.CITIZEN: "online",
    Role.REPRESENTATIVE: "online",
    Role.PORTAL: "portal",
    Role.PAYMENT_GATEWAY: "online",
    Role.POSTAL_PARTNER: "postal",
    Role.SYSTEM: "system",
}


def acting(case: Case, transition: Transition, grant: Grant, after: DossierStatus) -> dict[str, Any]:
    """What every event says about the act itself."""
    return {
        "action": transition.action,
        "role": grant.role,
        "acting_agency": grant.acting_for,
        "acting_channel": _CHANNELS.get(grant.role, "counter"),
        "status_before": case.status,
        "status_after": after,
    }
