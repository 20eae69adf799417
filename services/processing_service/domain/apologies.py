"""Form 04: an apology with a new promise. It never makes a late dossier on time."""

from datetime import date, datetime

from services.processing_service.domain.acting import acting
from services.processing_service.domain.case import Case
from shared.clock import local_date
from shared.errors import RuleViolationError
from shared.events.dossier import Apologised
from shared.legal_clock.calendar import WorkingCalendar
from shared.legal_clock.promise import check_new_promise
from shared.lifecycle import Transition
from shared.principal import Grant


def can_apologise(case: Case) -> bool:
    """Whether there is an appointment to apologise for, and nobody has yet."""
    return case.due_on is not None and case.promised_on is None


def apologise(
    case: Case,
    transition: Transition,
    grant: Grant,
    *,
    promised_on: date,
    reason_code: str,
    calendar: WorkingCalendar,
    now: datetime,
) -> tuple[Case, Apologised]:
    """A later working day is promised, once. The appointment of record stands."""
    if case.due_on is None:
        raise RuleViolationError("no date was promised before", field="/", rule="undated")
    if case.promised_on is not None:
        raise RuleViolationError("a new date is promised at most once", field="/", rule="already-apologised")
    check_new_promise(promised_on, case.due_on, local_date(now), calendar)
    event = Apologised(
        **acting(case, transition, grant, case.status), reason_code=reason_code, promised_on=promised_on
    )
    return case.model_copy(update={"promised_on": promised_on}), event
