"""Which flows an event counts, on its own day."""

from collections.abc import Callable, Iterator
from datetime import date

from services.stats_service.domain.cell import Cell
from services.stats_service.domain.facts import Fact
from services.stats_service.domain.standing import RECEIVED_AND_OPEN, Standing
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


class Flows:
    """Counts along one life. It remembers what may be counted only once."""

    def __init__(self) -> None:
        self._has_result = False
        self._arrived = False
        self._result_ready = False
        self._with_the_post = False

    def of(self, fact: Fact, before: Standing | None, after: Standing) -> Iterator[tuple[Cell, str, int]]:
        """Cell, counter and how many."""
        if fact.type is EventType.TRANSFERRED:
            if before is not None and before.bucket in RECEIVED_AND_OPEN:
                yield before.cell, "transferred_out", 1
                yield after.cell, "transferred_in", 1
            return
        for counter, n in self._in_own_cell(fact):
            yield after.cell, counter, n

    def _in_own_cell(self, fact: Fact) -> Iterator[tuple[str, int]]:
        for counter in _ALWAYS.get(fact.type, ()):
            yield counter, 1
        if (more := _BY_DETAIL.get(fact.type)) is not None:
            yield from more(fact)
        match fact.type:
            case EventType.ARRIVED:
                yield from self._arrival(fact)
            case EventType.ACCEPTED:
                self._has_result = fact.has_result
            case EventType.RESOLVED:
                yield from self._resolution(fact)
            case EventType.DISPATCHED:
                yield from self._dispatch()
            case _:
                return

    def _arrival(self, fact: Fact) -> Iterator[tuple[str, int]]:
        if not self._arrived:
            self._arrived = True
            yield "postal_submissions", 1
            if fact.picked_up:
                yield "postal_pickups", 1

    def _resolution(self, fact: Fact) -> Iterator[tuple[str, int]]:
        # A dispatch belongs to the result that was ready when the post took it over.
        self._result_ready, self._with_the_post = True, False
        yield _timeliness(local_date(fact.at), fact.appointment), 1
        if self._has_result:
            yield "results", 1
            if fact.number:
                yield "results_digitised", 1

    def _dispatch(self) -> Iterator[tuple[str, int]]:
        if self._result_ready and not self._with_the_post:
            self._with_the_post = True
            yield "postal_returns", 1


def _timeliness(finished_on: date, appointment: date | None) -> str:
    """A comparison of local dates, never of hours."""
    if appointment is None:
        return "undated"
    if finished_on < appointment:
        return "early"
    return "on_time" if finished_on == appointment else "late"


def _answer(fact: Fact) -> Iterator[tuple[str, int]]:
    if fact.answer_due_at is not None and fact.at > fact.answer_due_at:
        yield "answered_late", 1


def _components(fact: Fact) -> Iterator[tuple[str, int]]:
    yield "components", fact.number
    yield "components_reused", fact.reused


def _acceptance(fact: Fact) -> Iterator[tuple[str, int]]:
    if fact.cell is not None:
        yield f"received_{fact.cell.channel}", 1
    if fact.digitised:
        yield "digitised", 1
    yield from _components(fact)
    yield from _answer(fact)


def _second_request(fact: Fact) -> Iterator[tuple[str, int]]:
    if fact.number > 1:
        yield "second_supplement_requests", 1


def _payment(fact: Fact) -> Iterator[tuple[str, int]]:
    if fact.online:
        yield "payments_online", 1


def _hand_over(fact: Fact) -> Iterator[tuple[str, int]]:
    yield f"handed_over_{fact.means}", 1


_BY_DETAIL: dict[EventType, Callable[[Fact], Iterator[tuple[str, int]]]] = {
    EventType.ACCEPTED: _acceptance,
    EventType.COMPLETION_REQUESTED: _answer,
    EventType.REFUSED: _answer,
    EventType.SUPPLEMENT_REQUESTED: _second_request,
    EventType.SUPPLEMENT_PROVIDED: _components,
    EventType.PAID: _payment,
    EventType.HANDED_OVER: _hand_over,
}
