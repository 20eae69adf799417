"""Which flows an event counts, on its own day."""

from collections.abc import Callable, Iterator
from datetime import date

from services.stats_service.domain.cell import Cell
from services.stats_service.domain.facts import Fact
from services.stats_service.domain.standing import RECEIVED_AND_OPEN, Bucket, Standing
from shared.clock import local_date
from shared.schemas.lifecycle import EventType

_ALWAYS: dict[EventType, tuple[str, ...]] = {
    EventType.FILED: ("filed",),
    EventType.ACCEPTED: ("received",),
    EventType.REFUSED: ("not_accepted", "refused"),
    EventType.CANCELLED: ("not_accepted", "cancelled"),
    EventType.LAPSED: ("not_accepted", "lapsed"),
    EventType.SUPPLEMENT_REQUESTED: ("supplement_requests",),
    EventType.PAID: ("payments",),
    EventType.APOLOGISED: ("apologies",),
    EventType.RESOLVED: ("resolved",),
    EventType.SENT_BACK: ("closed_without_result", "sent_back"),
    EventType.WITHDRAWN: ("closed_without_result", "withdrawn"),
    EventType.HANDED_OVER: ("handed_over",),
}


def flows(fact: Fact, before: Standing | None, after: Standing) -> Iterator[tuple[Cell, str, int]]:
    """Cell, counter and how many, for `fact` that leads from one standing to the next."""
    if fact.type is EventType.TRANSFERRED:
        if before is not None and before.bucket in RECEIVED_AND_OPEN:
            yield before.cell, "transferred_out", 1
            yield after.cell, "transferred_in", 1
        return
    for counter in _ALWAYS.get(fact.type, ()):
        yield after.cell, counter, 1
    if (detail := _BY_DETAIL.get(fact.type)) is not None:
        for counter, n in detail(fact, before, after):
            yield after.cell, counter, n


_Detail = Callable[[Fact, Standing | None, Standing], Iterator[tuple[str, int]]]


def _arrival(fact: Fact, before: Standing | None, _: Standing) -> Iterator[tuple[str, int]]:
    if before is None or not before.arrived:
        yield "postal_submissions", 1
        if fact.picked_up:
            yield "postal_pickups", 1


def _acceptance(fact: Fact, before: Standing | None, after: Standing) -> Iterator[tuple[str, int]]:
    yield f"received_{after.cell.channel}", 1
    if fact.digitised:
        yield "digitised", 1
    yield from _components(fact, before, after)
    yield from _answer(fact, before, after)


def _resolution(fact: Fact, _: Standing | None, after: Standing) -> Iterator[tuple[str, int]]:
    yield _timeliness(local_date(fact.at), fact.appointment), 1
    if after.has_result:
        yield "results", 1
        if fact.number:
            yield "results_digitised", 1


def _dispatch(_: Fact, before: Standing | None, after: Standing) -> Iterator[tuple[str, int]]:
    if after.with_the_post and not (before and before.with_the_post):
        yield "postal_returns", 1


def _timeliness(finished_on: date, appointment: date | None) -> str:
    """A comparison of local dates, never of hours."""
    if appointment is None:
        return "undated"
    if finished_on < appointment:
        return "early"
    return "on_time" if finished_on == appointment else "late"


def _answer(fact: Fact, before: Standing | None, _: Standing) -> Iterator[tuple[str, int]]:
    """Once found incomplete it was answered: what is decided then is no second answer."""
    if before is not None and before.bucket is Bucket.INCOMPLETE:
        return
    if fact.answer_due_at is not None and fact.at > fact.answer_due_at:
        yield "answered_late", 1


def _components(fact: Fact, _: Standing | None, __: Standing) -> Iterator[tuple[str, int]]:
    yield "components", fact.number
    yield "components_reused", fact.reused


def _second_request(fact: Fact, _: Standing | None, __: Standing) -> Iterator[tuple[str, int]]:
    if fact.number > 1:
        yield "second_supplement_requests", 1


def _payment(fact: Fact, _: Standing | None, __: Standing) -> Iterator[tuple[str, int]]:
    if fact.online:
        yield "payments_online", 1


def _hand_over(fact: Fact, _: Standing | None, __: Standing) -> Iterator[tuple[str, int]]:
    yield f"handed_over_{fact.means}", 1


_BY_DETAIL: dict[EventType, _Detail] = {
    EventType.ARRIVED: _arrival,
    EventType.ACCEPTED: _acceptance,
    EventType.COMPLETION_REQUESTED: _answer,
    EventType.REFUSED: _answer,
    EventType.SUPPLEMENT_REQUESTED: _second_request,
    EventType.SUPPLEMENT_PROVIDED: _components,
    EventType.PAID: _payment,
    EventType.RESOLVED: _resolution,
    EventType.DISPATCHED: _dispatch,
    EventType.HANDED_OVER: _hand_over,
}
