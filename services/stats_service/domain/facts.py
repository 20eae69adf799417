"""What statistics keep of a dossier's events: the few facts that count, and nothing else."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from services.stats_service.domain.cell import Cell
from shared.events.dossier import (
    EVENT_MODELS,
    Accepted,
    ClockResumed,
    DossierEvent,
    Filed,
    Resolved,
    SupplementProvided,
    Transferred,
)
from shared.schemas.lifecycle import EventType

IDLE_EVENTS = frozenset({EventType.ASSIGNED, EventType.STARTED, EventType.DISPATCH_RETURNED})
"""They move no figure, so nothing is kept of them."""


class Fact(NamedTuple):
    """One event as far as it counts. Which fields are set depends on the type."""

    sequence: int
    type: EventType
    at: datetime
    cell: Cell | None = None
    has_result: bool = False
    agency: str | None = None
    """Who took over."""
    appointment: date | None = None
    answer_due_at: datetime | None = None
    annuls: int | None = None
    digitised: bool = False
    picked_up: bool = False
    online: bool = False
    number: int = 0
    """Of components, results, or which supplement request it is."""
    reused: int = 0
    means: str | None = None


Life = Sequence[Fact]
"""What counts of one dossier, in the order of its events."""

_COPIED = {
    event_type: tuple(set(Fact._fields) & set(model.model_fields) - {"type", "appointment"})
    for event_type, model in EVENT_MODELS.items()
}


def fact_of(sequence: int, at: datetime, event: DossierEvent) -> Fact:
    """What counts of an event; `IDLE_EVENTS` need not be asked for."""
    details: dict[str, Any] = {name: getattr(event, name) for name in _COPIED[event.type]}
    match event:
        case Filed() | Accepted():
            details |= {"cell": Cell.of(event.facts), "has_result": event.facts.has_result}
        case Transferred():
            details["agency"] = event.to_agency
        case Resolved():
            details["number"] = len(event.results)
        case _:
            pass
    # Every event of a case says the appointment; these give or move it, or are judged by it.
    if isinstance(event, Accepted | ClockResumed | Resolved):
        details["appointment"] = event.appointment
    if isinstance(event, Accepted | SupplementProvided):
        details["number"] = len(event.components)
        details["reused"] = sum(copy.reused for copy in event.components)
    return Fact(sequence, event.type, at, **details)


def to_json(fact: Fact) -> dict[str, Any]:
    """The shortest JSON that `from_json` reads: what has its default is left out."""
    document: dict[str, Any] = {"sequence": fact.sequence, "type": fact.type.value, "at": fact.at.isoformat()}
    for name, default in Fact._field_defaults.items():
        value = getattr(fact, name)
        if value != default:
            document[name] = value.isoformat() if isinstance(value, date) else value
    return document


def from_json(document: dict[str, Any]) -> Fact:
    """The fact that `to_json` wrote."""
    values = dict(document)
    values["type"] = EventType(values["type"])
    values["at"] = datetime.fromisoformat(values["at"])
    if (cell := values.get("cell")) is not None:
        values["cell"] = Cell(*cell)
    if (appointment := values.get("appointment")) is not None:
        values["appointment"] = date.fromisoformat(appointment)
    if (answer_due_at := values.get("answer_due_at")) is not None:
        values["answer_due_at"] = datetime.fromisoformat(answer_due_at)
    return Fact(**values)
