"""Where a dossier stands as the report sees it, and which levels that makes."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from services.stats_service.domain.cell import Cell
from services.stats_service.domain.facts import Fact
from shared.clock import local_date
from shared.schemas.lifecycle import EventType

_DAY = timedelta(days=1)
_Change = dict[str, Any]


class Bucket(StrEnum):
    """The parts of a report's last columns, and what stands beside them; named like their level counters."""

    SUBMITTED = "submitted"
    INCOMPLETE = "incomplete"
    UNDER_PROCESSING = "under_processing"
    AWAITING_SUPPLEMENT = "awaiting_supplement"
    AWAITING_PAYMENT = "awaiting_payment"
    ENDED = "ended"


RECEIVED_AND_OPEN = frozenset({Bucket.UNDER_PROCESSING, Bucket.AWAITING_SUPPLEMENT, Bucket.AWAITING_PAYMENT})


class Standing(NamedTuple):
    """How a dossier is counted from one event to the next."""

    cell: Cell
    bucket: Bucket = Bucket.SUBMITTED
    answer_due_on: date | None = None
    appointment: date | None = None
    paused_on: date | None = None
    """The day a pause was asked for; the pause may run on beneath a requested withdrawal."""
    beneath: Bucket = Bucket.UNDER_PROCESSING
    """Where a declined withdrawal leads back to."""
    has_result: bool = False
    """Whether the procedure ends in a result document."""
    arrived: bool = False
    """Whether the post has brought it to the desk."""
    result_ready: bool = False
    with_the_post: bool = False
    """Whether the post has taken this result over; a second attempt is no second use."""

    def after(self, fact: Fact) -> "Standing":
        """Where the dossier stands once `fact` has happened."""
        move = _MOVES.get(fact.type)
        return self if move is None else self._replace(**move(self, fact))

    def levels(self, start: date, end: date | None) -> Iterator[tuple[str, date, date | None]]:
        """The levels it is in from `start` to the day before `end`; each with its own such days.

        Lateness needs no event: the day after the appointment is known beforehand.
        """
        match self.bucket:
            case Bucket.ENDED:
                return
            case Bucket.SUBMITTED:
                yield "submitted", start, end
                if self.answer_due_on is not None:
                    yield "unanswered", max(start, self.answer_due_on), end
            case Bucket.INCOMPLETE:
                yield "incomplete", start, end
            case Bucket.UNDER_PROCESSING:
                yield "under_processing", start, end
                yield from self._timeliness(start, end)
            case Bucket.AWAITING_SUPPLEMENT | Bucket.AWAITING_PAYMENT:
                yield self.bucket.value, start, end
                if self._overdue_before_pause:
                    yield f"{self.bucket}_overdue", start, end

    def _timeliness(self, start: date, end: date | None) -> Iterator[tuple[str, date, date | None]]:
        if self.appointment is None:
            yield "undated_open", start, end
        elif self.paused_on is not None:
            yield "overdue" if self._overdue_before_pause else "in_time", start, end
        else:
            turn = max(start, self.appointment + _DAY)
            if end is not None:
                turn = min(turn, end)
            yield "in_time", start, turn
            yield "overdue", turn, end

    @property
    def _overdue_before_pause(self) -> bool:
        return (
            self.appointment is not None and self.paused_on is not None and self.appointment < self.paused_on
        )


def _submit(_: Standing, fact: Fact) -> _Change:
    due_on = None if fact.answer_due_at is None else local_date(fact.answer_due_at)
    return {"bucket": Bucket.SUBMITTED, "answer_due_on": due_on}


def _arrive(standing: Standing, fact: Fact) -> _Change:
    return {**_submit(standing, fact), "arrived": True}


def _accept(standing: Standing, fact: Fact) -> _Change:
    return {
        "cell": fact.cell or standing.cell,
        "bucket": Bucket.UNDER_PROCESSING,
        "appointment": fact.appointment,
        "has_result": fact.has_result,
    }


def _pause_for(bucket: Bucket) -> Callable[[Standing, Fact], _Change]:
    return lambda _, fact: {"bucket": bucket, "paused_on": local_date(fact.at)}


def _resume(_: Standing, fact: Fact) -> _Change:
    return {"bucket": Bucket.UNDER_PROCESSING, "appointment": fact.appointment, "paused_on": None}


def _transfer(standing: Standing, fact: Fact) -> _Change:
    return {"cell": standing.cell._replace(agency=fact.agency or standing.cell.agency)}


def _resolve(_: Standing, __: Fact) -> _Change:
    return {"bucket": Bucket.ENDED, "result_ready": True, "with_the_post": False}


def _end(_: Standing, __: Fact) -> _Change:
    return {"bucket": Bucket.ENDED}


_MOVES: dict[EventType, Callable[[Standing, Fact], _Change]] = {
    EventType.FILED: _submit,
    EventType.ARRIVED: _arrive,
    EventType.COMPLETED: _submit,
    EventType.COMPLETION_REQUESTED: lambda _, __: {"bucket": Bucket.INCOMPLETE},
    EventType.ACCEPTED: _accept,
    EventType.SUPPLEMENT_REQUESTED: _pause_for(Bucket.AWAITING_SUPPLEMENT),
    EventType.PAYMENT_REQUESTED: _pause_for(Bucket.AWAITING_PAYMENT),
    EventType.SUPPLEMENT_PROVIDED: _resume,
    EventType.SUPPLEMENT_CANCELLED: _resume,
    EventType.PAID: _resume,
    EventType.APPOINTMENT_MOVED: lambda _, fact: {"appointment": fact.appointment},
    EventType.WITHDRAWAL_REQUESTED: lambda standing, _: {
        "bucket": Bucket.UNDER_PROCESSING,
        "beneath": standing.bucket,
    },
    EventType.WITHDRAWAL_DECLINED: lambda standing, _: {"bucket": standing.beneath},
    EventType.TRANSFERRED: _transfer,
    EventType.REFUSED: _end,
    EventType.CANCELLED: _end,
    EventType.LAPSED: _end,
    EventType.RESOLVED: _resolve,
    EventType.SENT_BACK: _end,
    EventType.WITHDRAWN: _end,
    # The dispatch of a result that was annulled belongs to no result.
    EventType.DISPATCHED: lambda standing, _: {"with_the_post": standing.result_ready},
}
"""What each event changes; the others change nothing."""
