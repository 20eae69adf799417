"""Another agency becomes competent. The code of the dossier stays."""

from datetime import datetime

from services.processing_service.domain.acting import acting
from services.processing_service.domain.case import Case
from shared.clock import local_date
from shared.errors import RuleViolationError
from shared.events.dossier import Transferred
from shared.lifecycle import Transition
from shared.principal import Grant
from shared.schemas.reference import AgencyTree


def transfer(
    case: Case,
    transition: Transition,
    grant: Grant,
    *,
    to_agency: str,
    reason_code: str,
    tree: AgencyTree,
    now: datetime,
) -> tuple[Case, Transferred]:
    """To an agency that exists today. Nobody there has the case yet."""
    if to_agency == case.facts.agency:
        raise RuleViolationError("it is competent already", field="/to_agency", rule="same-agency")
    if all(agency.code != to_agency for agency in tree.in_force(local_date(now))):
        raise RuleViolationError("no such agency today", field="/to_agency", rule="agency-unknown")
    event = Transferred(
        **acting(case, transition, grant, case.status),
        reason_code=reason_code,
        from_agency=case.facts.agency,
        to_agency=to_agency,
    )
    facts = case.facts.model_copy(update={"agency": to_agency})
    return case.model_copy(update={"facts": facts, "assignee": None}), event
