"""What an officer decides on a dossier that came in: accept, ask to complete, refuse."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from services.intake_service.domain.dossier import Dossier, Refusal
from shared.clock import local_date
from shared.components import check_missing
from shared.errors import RuleViolationError
from shared.events.dossier import Accepted, Arrived, CompletionRequested, Refused
from shared.legal_clock.appointment import appointment
from shared.legal_clock.calendar import WorkingCalendar
from shared.legal_clock.working_hours import answer_due
from shared.lifecycle import Transition
from shared.principal import Grant
from shared.schemas.lifecycle import Channel, DossierStatus


def acting(
    dossier: Dossier | None, transition: Transition, grant: Grant, after: DossierStatus
) -> dict[str, Any]:
    """What every event says about the act itself."""
    return {
        "action": transition.action,
        "role": grant.role,
        "acting_agency": grant.acting_for,
        "acting_channel": _CHANNELS.get(grant.role.value, "counter"),
        "status_before": dossier.status if dossier else None,
        "status_after": after,
    }


_CHANNELS = {
    "citizen": "online",
    "representative": "online",
    "portal": "portal",
    "postal_partner": "postal",
    "system": "system",
}


def register_arrival(
    dossier: Dossier,
    transition: Transition,
    grant: Grant,
    *,
    arrived_at: datetime | None,
    picked_up: bool,
    now: datetime,
    calendar: WorkingCalendar,
) -> tuple[Dossier, Arrived]:
    """A postal dossier reached the desk. Its 8 working hours start then, however late it is entered."""
    if dossier.facts.channel is not Channel.POSTAL:
        raise RuleViolationError("only a postal dossier arrives", field="/", rule="not-postal")
    if dossier.arrived_at is not None:
        raise RuleViolationError("it has arrived before", field="/", rule="already-arrived")
    moment = arrived_at or now
    if moment > now:
        raise RuleViolationError("in the future", field="/arrived_at", rule="in-the-future")
    if moment < dossier.filed_at:
        raise RuleViolationError("before the filing", field="/arrived_at", rule="before-filing")
    due = answer_due(moment, calendar)
    event = Arrived(
        **acting(dossier, transition, grant, dossier.status),
        effective_at=arrived_at,
        answer_due_at=due,
        picked_up=picked_up,
    )
    return dossier.model_copy(update={"arrived_at": moment, "answer_due_at": due}), event


def accept(
    dossier: Dossier, transition: Transition, grant: Grant, *, now: datetime, calendar: WorkingCalendar
) -> tuple[Dossier, Accepted]:
    """Received: the clock starts. Needs every required component."""
    _must_be_here(dossier)
    if dossier.not_provided:
        missing = ", ".join(dossier.not_provided)
        raise RuleViolationError(
            f"components are missing: {missing}", field="/components", rule="components-missing"
        )
    given = appointment(dossier.facts.committed, now, calendar)
    due = dossier.answer_due_at or answer_due(now, calendar)
    event = Accepted(
        **acting(dossier, transition, grant, DossierStatus.ACCEPTED),
        facts=dossier.facts,
        components=dossier.components,
        digitised=dossier.digitised,
        appointment=given.due_on if given else None,
        appointment_at=given.due_at if given else None,
        provisional=given.provisional if given else False,
        calendar_version=calendar.version,
        answer_due_at=due,
        sealed=dossier.sealed,
    )
    accepted = dossier.model_copy(
        update={"status": DossierStatus.ACCEPTED, "appointment": event.appointment, "accepted_at": now}
    )
    return accepted, event


def request_completion(
    dossier: Dossier,
    transition: Transition,
    grant: Grant,
    *,
    missing: Sequence[str],
    lapse_after_days: int,
    reason_code: str,
    now: datetime,
    field: str = "/missing",
) -> tuple[Dossier, CompletionRequested]:
    """Form 02 before acceptance: everything that is missing, asked for once; `field` is where it is said."""
    _must_be_here(dossier)
    check_missing(missing, dossier.facts.asks_for, field=field)
    event = CompletionRequested(
        **acting(dossier, transition, grant, DossierStatus.INCOMPLETE),
        reason_code=reason_code,
        missing=tuple(missing),
        lapses_on=lapse_date(now, lapse_after_days),
        answer_due_at=dossier.answer_due_at or now,
    )
    incomplete = dossier.model_copy(
        update={"status": DossierStatus.INCOMPLETE, "missing": event.missing, "lapses_on": event.lapses_on}
    )
    return incomplete, event


def refuse(
    dossier: Dossier, transition: Transition, grant: Grant, *, reason_code: str, by: str, now: datetime
) -> tuple[Dossier, Refused]:
    """Form 03: not accepted, with a concrete reason."""
    _must_be_here(dossier)
    event = Refused(
        **acting(dossier, transition, grant, DossierStatus.NOT_ACCEPTED),
        reason_code=reason_code,
        answer_due_at=dossier.answer_due_at or now,
    )
    refusal = Refusal(
        sequence=dossier.version + 1, type=event.type, status_before=dossier.status, by=by, at=now
    )
    refused = dossier.model_copy(update={"status": DossierStatus.NOT_ACCEPTED, "refusal": refusal})
    return refused, event


def lapse_date(now: datetime, days: int) -> date:
    """The last day on which the dossier may be completed."""
    return local_date(now) + timedelta(days=days)


def _must_be_here(dossier: Dossier) -> None:
    if dossier.waits_for_arrival:
        raise RuleViolationError(
            "it is still with the post: register its arrival first", field="/", rule="not-arrived"
        )
