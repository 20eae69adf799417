"""What the agency decides: to start, to resolve, to send back."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.processing_service.domain.acting import acting
from services.processing_service.domain.case import Case
from services.processing_service.domain.undo import closed
from shared.errors import RuleViolationError
from shared.events.dossier import Resolved, SentBack, Started
from shared.lifecycle import Transition
from shared.principal import Grant
from shared.schemas.lifecycle import DossierStatus


def start(case: Case, transition: Transition, grant: Grant) -> tuple[Case, Started]:
    """A case officer works on it."""
    event = Started(**acting(case, transition, grant, DossierStatus.PROCESSING))
    return case.model_copy(update={"status": DossierStatus.PROCESSING}), event


def resolve(
    case: Case,
    transition: Transition,
    grant: Grant,
    *,
    results: Sequence[str],
    not_stored: frozenset[str],
    by: str,
    undo_window: timedelta,
    now: datetime,
) -> tuple[Case, Resolved]:
    """The result is ready, its documents stored. A reasoned negative decision is a result too."""
    if case.facts.has_result and not results:
        raise RuleViolationError(
            f"{case.facts.procedure} has a result: name its stored documents",
            field="/results",
            rule="result-missing",
        )
    for index, digest in enumerate(results):
        if digest in not_stored:
            raise RuleViolationError(
                "no document is stored under this digest", field=f"/results/{index}", rule="content-unknown"
            )
    event = Resolved(
        **acting(case, transition, grant, DossierStatus.RESOLVED),
        appointment=case.due_on,
        results=tuple(results),
    )
    decided = closed(case, event, by=by, undo_window=undo_window, now=now)
    return decided.model_copy(update={"results": event.results}), event


def send_back(
    case: Case,
    transition: Transition,
    grant: Grant,
    *,
    reason_code: str,
    by: str,
    undo_window: timedelta,
    now: datetime,
) -> tuple[Case, SentBack]:
    """Closed without a result by the agency."""
    event = SentBack(
        **acting(case, transition, grant, DossierStatus.CLOSED_WITHOUT_RESULT), reason_code=reason_code
    )
    return closed(case, event, by=by, undo_window=undo_window, now=now), event
