"""Who in the agency has the case."""

from services.processing_service.domain.acting import acting
from services.processing_service.domain.case import Case
from shared.events.dossier import Assigned
from shared.lifecycle import Transition
from shared.principal import Grant


def assign(
    case: Case, transition: Transition, grant: Grant, *, assignee: str, sealed: str | None
) -> tuple[Case, Assigned]:
    """Given to somebody by a supervisor, or taken by a case officer. `sealed` holds who, for the history."""
    event = Assigned(**acting(case, transition, grant, case.status), sealed=sealed)
    return case.model_copy(update={"assignee": assignee}), event
