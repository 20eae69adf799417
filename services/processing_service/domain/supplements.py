"""Form 02 after acceptance: what is missing is asked for once, and the clock waits for it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from services.processing_service.domain.acting import acting
from services.processing_service.domain.appointments import Calendars, moved_from, with_pauses
from services.processing_service.domain.case import Case, OpenSupplement
from services.processing_service.domain.waiting import ended, previous, waiting
from shared.clock import local_date
from shared.components import check_missing
from shared.errors import ForbiddenError, RuleViolationError
from shared.events.dossier import ComponentCopy, SupplementCancelled, SupplementProvided, SupplementRequested
from shared.legal_clock.appointment import PauseKind
from shared.lifecycle import Transition
from shared.principal import Grant
from shared.schemas.lifecycle import DossierStatus, PausePolicy, Role

LONGEST_ANSWER = timedelta(days=366)


def request_supplement(
    case: Case,
    transition: Transition,
    grant: Grant,
    *,
    missing: Sequence[str],
    respond_by: date | None,
    default_answer: timedelta,
    reason_code: str,
    now: datetime,
) -> tuple[Case, SupplementRequested]:
    """Everything that is missing. A second request needs a supervisor, and is counted."""
    number = case.supplement_requests + 1
    if number > 1 and grant.role is not Role.SUPERVISOR:
        raise ForbiddenError("the applicant was asked before: only a supervisor may ask again")
    check_missing(missing, case.facts.asks_for)
    today = local_date(now)
    answer_by = respond_by or today + default_answer
    if not today < answer_by <= today + LONGEST_ANSWER:
        raise RuleViolationError(
            f"the answer is due between tomorrow and {today + LONGEST_ANSWER}",
            field="/respond_by",
            rule="respond-by-out-of-range",
        )
    event = SupplementRequested(
        **acting(case, transition, grant, DossierStatus.AWAITING_SUPPLEMENT),
        reason_code=reason_code,
        number=number,
        missing=tuple(missing),
        respond_by=answer_by,
    )
    asked = waiting(case, PauseKind.SUPPLEMENT, now, policy=case.facts.pause_policy)
    asked = asked.model_copy(
        update={
            "status": DossierStatus.AWAITING_SUPPLEMENT,
            "supplement_requests": number,
            "supplement": OpenSupplement(missing=event.missing, respond_by=answer_by),
        }
    )
    return asked, event


def provide_supplement(
    case: Case,
    transition: Transition,
    grant: Grant,
    *,
    components: Sequence[ComponentCopy],
    not_stored: frozenset[str],
    calendars: Calendars,
    now: datetime,
) -> tuple[Case, SupplementProvided]:
    """What was asked for came, all of it."""
    _check_components(case, components, not_stored)
    after = with_pauses(case, ended(case, now), calendars, now)
    event = SupplementProvided(
        **acting(case, transition, grant, previous(case)),
        **moved_from(case, after),
        components=tuple(components),
    )
    answered = _answered(after)
    return answered.model_copy(update={"supplied": (*case.supplied, *event.components)}), event


def cancel_supplement_request(
    case: Case,
    transition: Transition,
    grant: Grant,
    *,
    reason_code: str,
    calendars: Calendars,
    now: datetime,
) -> tuple[Case, SupplementCancelled]:
    """Nobody has to answer any more. What was left of the term goes on: nothing came to start it anew."""
    *before, pause = ended(case, now)
    after = with_pauses(case, (*before, replace(pause, policy=PausePolicy.RESUME)), calendars, now)
    event = SupplementCancelled(
        **acting(case, transition, grant, previous(case)), **moved_from(case, after), reason_code=reason_code
    )
    return _answered(after), event


def _check_components(case: Case, components: Sequence[ComponentCopy], not_stored: frozenset[str]) -> None:
    asked = case.supplement.missing if case.supplement else ()
    given = [copy.component for copy in components]
    for index, copy in enumerate(components):
        field = f"/components/{index}"
        if copy.component not in asked:
            raise RuleViolationError(
                f"nobody asked for {copy.component!r}", field=f"{field}/component", rule="component-unknown"
            )
        if copy.component in given[:index]:
            raise RuleViolationError("named twice", field=f"{field}/component", rule="component-repeated")
        if copy.digest in not_stored:
            raise RuleViolationError(
                "no document is stored under this digest", field=f"{field}/digest", rule="content-unknown"
            )
    still_missing = [component for component in asked if component not in given]
    if still_missing:
        raise RuleViolationError(
            f"still missing: {', '.join(still_missing)}", field="/components", rule="components-missing"
        )


def _answered(case: Case) -> Case:
    return case.model_copy(update={"status": previous(case), "before_pause": None, "supplement": None})
