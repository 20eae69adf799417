"""What the applicant does before acceptance, and what time does when the applicant does nothing."""

from collections.abc import Sequence
from datetime import datetime

from services.intake_service.domain.decisions import acting
from services.intake_service.domain.dossier import Dossier
from shared.clock import local_date
from shared.errors import RuleViolationError
from shared.events.dossier import Cancelled, Completed, ComponentCopy, Lapsed
from shared.legal_clock.calendar import WorkingCalendar
from shared.legal_clock.working_hours import answer_due
from shared.lifecycle import Transition
from shared.principal import Grant
from shared.schemas.lifecycle import DossierStatus


def complete(
    dossier: Dossier,
    transition: Transition,
    grant: Grant,
    *,
    components: Sequence[ComponentCopy],
    now: datetime,
    calendar: WorkingCalendar,
) -> tuple[Dossier, Completed]:
    """What was missing came; new 8 working hours. A component that was handed in before is replaced."""
    expected = set(dossier.missing) | set(dossier.required_components)
    for index, copy in enumerate(components):
        if copy.component not in expected:
            raise RuleViolationError(
                f"nobody asked for {copy.component!r}",
                field=f"/components/{index}/component",
                rule="component-unknown",
            )
        if any(copy.component == earlier.component for earlier in components[:index]):
            raise RuleViolationError(
                "named twice", field=f"/components/{index}/component", rule="component-repeated"
            )
    provided = {copy.component: copy for copy in (*dossier.components, *components)}
    still_missing = [code for code in dossier.missing if code not in {c.component for c in components}]
    if still_missing:
        raise RuleViolationError(
            f"still missing: {', '.join(still_missing)}", field="/components", rule="components-missing"
        )
    due = answer_due(now, calendar)
    event = Completed(
        **acting(dossier, transition, grant, DossierStatus.SUBMITTED),
        components=tuple(components),
        answer_due_at=due,
    )
    completed = dossier.model_copy(
        update={
            "status": DossierStatus.SUBMITTED,
            "components": tuple(provided.values()),
            "missing": (),
            "lapses_on": None,
            "answer_due_at": due,
        }
    )
    return completed, event


def cancel(dossier: Dossier, transition: Transition, grant: Grant) -> tuple[Dossier, Cancelled]:
    """Taken back by the applicant."""
    event = Cancelled(**acting(dossier, transition, grant, DossierStatus.NOT_ACCEPTED))
    return dossier.model_copy(update={"status": DossierStatus.NOT_ACCEPTED, "refusal": None}), event


def lapse(dossier: Dossier, transition: Transition, grant: Grant, *, now: datetime) -> tuple[Dossier, Lapsed]:
    """Nothing came in time."""
    if dossier.lapses_on is None or local_date(now) <= dossier.lapses_on:
        raise RuleViolationError("there is still time to complete it", field="/", rule="not-lapsed")
    event = Lapsed(**acting(dossier, transition, grant, DossierStatus.NOT_ACCEPTED))
    return dossier.model_copy(update={"status": DossierStatus.NOT_ACCEPTED, "refusal": None}), event
