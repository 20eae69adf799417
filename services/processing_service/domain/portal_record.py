"""A dossier as the national portal is to show it: built from its events alone, in their order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from shared.events.dossier import (
    Accepted,
    Annulled,
    CaseEvent,
    ClockResumed,
    Completed,
    ComponentCopy,
    DossierEvent,
    DossierFacts,
    Filed,
    Paid,
    PaymentRequested,
    Resolved,
    SupplementCancelled,
    SupplementProvided,
    SupplementRequested,
    Transferred,
)
from shared.schemas.base import Digest, Moment, Schema
from shared.schemas.lifecycle import DossierStatus, EventType


class PortalSupplement(Schema):
    """One time that the applicant was asked for more."""

    number: int
    missing: tuple[str, ...]
    reason_code: str | None
    asked_at: Moment
    due_before: date | None
    """The appointment of record when it was asked."""
    answered_at: Moment | None = None
    """When what was missing came, or the request was withdrawn."""
    cancelled: bool = False
    due_after: date | None = None
    """The appointment of record that followed."""
    components: tuple[ComponentCopy, ...] = ()


class PortalFee(Schema):
    """One time that the applicant was asked for money."""

    items: tuple[str, ...]
    amount: int
    """Dong, of all items."""
    paid_online: bool | None = None
    """None until it is paid."""


class PortalRecord(Schema):
    """What the portal is told, as far as events say it."""

    code: str
    facts: DossierFacts
    status: DossierStatus
    filed_at: Moment
    components: tuple[ComponentCopy, ...]
    received_at: Moment | None = None
    refused_at: Moment | None = None
    appointment: date | None = None
    appointment_at: Moment | None = None
    finished_at: Moment | None = None
    """When it was resolved, or closed without a result."""
    withdrawn: bool = False
    """Closed at the applicant's wish."""
    handed_over_at: Moment | None = None
    results: tuple[Digest, ...] = ()
    supplements: tuple[PortalSupplement, ...] = ()
    fees: tuple[PortalFee, ...] = ()


def begun(code: str, event: Filed, at: Moment) -> PortalRecord:
    """The record of a dossier that was filed."""
    return PortalRecord(
        code=code, facts=event.facts, status=event.status_after, filed_at=at, components=event.components
    )


def told(record: PortalRecord, event: DossierEvent, at: Moment) -> PortalRecord:
    """The record after the next event of its dossier."""
    changes: dict[str, Any] = {"status": event.status_after}
    if isinstance(event, CaseEvent | Accepted):
        changes["appointment"] = event.appointment
    if isinstance(event, ClockResumed | Accepted):
        changes["appointment_at"] = event.appointment_at
    if change := _CHANGES.get(event.type):
        changes |= change(_Told(record, event, at))
    return record.model_copy(update=changes)


_Event = TypeVar("_Event", bound=DossierEvent)
_Changes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Told(Generic[_Event]):
    before: PortalRecord
    event: _Event
    at: Moment


def _completed(told: _Told[Completed]) -> _Changes:
    return {"components": _with(told.before.components, told.event.components)}


def _accepted(told: _Told[Accepted]) -> _Changes:
    return {"received_at": told.at, "facts": told.event.facts, "components": told.event.components}


def _not_accepted(told: _Told[DossierEvent]) -> _Changes:
    return {"refused_at": told.at}


def _annulled(told: _Told[Annulled]) -> _Changes:
    if told.event.annulled_type is EventType.REFUSED:
        return {"refused_at": None}
    return {"finished_at": None, "withdrawn": False, "results": ()}


def _supplement_requested(told: _Told[SupplementRequested]) -> _Changes:
    supplement = PortalSupplement(
        number=told.event.number,
        missing=told.event.missing,
        reason_code=told.event.reason_code,
        asked_at=told.at,
        due_before=told.before.appointment,
    )
    return {"supplements": (*told.before.supplements, supplement)}


def _supplement_provided(told: _Told[SupplementProvided]) -> _Changes:
    came = told.event.components
    answer = {"answered_at": told.at, "due_after": told.event.appointment, "components": came}
    return {
        "supplements": _last_changed(told.before.supplements, answer),
        "components": _with(told.before.components, came),
    }


def _supplement_cancelled(told: _Told[SupplementCancelled]) -> _Changes:
    answer = {"answered_at": told.at, "due_after": told.event.appointment, "cancelled": True}
    return {"supplements": _last_changed(told.before.supplements, answer)}


def _payment_requested(told: _Told[PaymentRequested]) -> _Changes:
    fee = PortalFee(items=told.event.items, amount=told.event.amount)
    return {"fees": (*told.before.fees, fee)}


def _paid(told: _Told[Paid]) -> _Changes:
    return {"fees": _last_changed(told.before.fees, {"paid_online": told.event.online})}


def _resolved(told: _Told[Resolved]) -> _Changes:
    return {"finished_at": told.at, "results": told.event.results}


def _sent_back(told: _Told[DossierEvent]) -> _Changes:
    return {"finished_at": told.at}


def _withdrawn(told: _Told[DossierEvent]) -> _Changes:
    return {"finished_at": told.at, "withdrawn": True}


def _transferred(told: _Told[Transferred]) -> _Changes:
    return {"facts": told.before.facts.model_copy(update={"agency": told.event.to_agency})}


def _handed_over(told: _Told[DossierEvent]) -> _Changes:
    return {"handed_over_at": told.at}


_CHANGES: Mapping[EventType, Callable[[_Told[Any]], _Changes]] = {
    EventType.COMPLETED: _completed,
    EventType.ACCEPTED: _accepted,
    EventType.REFUSED: _not_accepted,
    EventType.CANCELLED: _not_accepted,
    EventType.LAPSED: _not_accepted,
    EventType.ANNULLED: _annulled,
    EventType.SUPPLEMENT_REQUESTED: _supplement_requested,
    EventType.SUPPLEMENT_PROVIDED: _supplement_provided,
    EventType.SUPPLEMENT_CANCELLED: _supplement_cancelled,
    EventType.PAYMENT_REQUESTED: _payment_requested,
    EventType.PAID: _paid,
    EventType.RESOLVED: _resolved,
    EventType.SENT_BACK: _sent_back,
    EventType.WITHDRAWN: _withdrawn,
    EventType.TRANSFERRED: _transferred,
    EventType.HANDED_OVER: _handed_over,
}


def _with(before: tuple[ComponentCopy, ...], came: tuple[ComponentCopy, ...]) -> tuple[ComponentCopy, ...]:
    """What came takes the place of an earlier copy of the same component."""
    new = {copy.component for copy in came}
    return (*(copy for copy in before if copy.component not in new), *came)


def _last_changed(items: tuple[Any, ...], changes: dict[str, Any]) -> tuple[Any, ...]:
    return (*items[:-1], items[-1].model_copy(update=changes))
