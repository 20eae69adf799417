"""A second count of every figure, dossier by dossier, written from the rules and not from the statistics.

Where the statistics keep changes and add them up, this looks at one life at two moments, the end of the day
before the period and the end of its last day, and at what happened in between. It shares no code with them:
that is its use.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.console.recount.histories import Entry
from shared.clock import local_date

Cell = tuple[str, str, str, str, str]
"""Competent agency, receiving desk, field, procedure, channel."""

Tally = Counter[tuple[Cell, str]]
"""(cell, word of the report) to how many."""

_SAYS_APPOINTMENT = frozenset(
    {"accepted", "supplement_provided", "supplement_cancelled", "paid", "appointment_moved"}
)
_PAUSES = frozenset({"supplement_requested", "payment_requested"})
_RESUMES = frozenset({"supplement_provided", "supplement_cancelled", "paid"})
_ANSWERS = frozenset({"accepted", "completion_requested", "refused"})
_UNDER_PROCESSING = frozenset({"accepted", "processing", "withdrawal_requested"})


@dataclass(slots=True)
class _Standing:
    """Where a dossier stands at the end of a day."""

    agency: str
    status: str | None = None
    appointment: date | None = None
    paused_on: date | None = None
    answer_due_at: datetime | None = None


def tally(life: Sequence[Entry], start: date, end: date, as_of: datetime | None = None) -> Tally:
    """What one dossier adds to each figure of the period [start, end], as things stood at `as_of`.

    Without `as_of` everything that is known counts, and the period must not reach beyond today.
    """
    if as_of is not None:
        life = [entry for entry in life if entry.occurred_at <= as_of]
        end = min(end, local_date(as_of))
    if not life:
        return Counter()
    counting = _counting(life)
    filed = next(entry for entry in life if entry.type == "filed")
    facts = filed.data["facts"]
    found: Tally = Counter()

    def add(agency: str, words: Iterator[str] | Sequence[str]) -> None:
        cell = (agency, facts["desk"], facts["field"], facts["procedure"], facts["channel"])
        found.update((cell, word) for word in words)

    for agency, entry in _with_agency(counting, facts["agency"]):
        if start <= entry.day <= end:
            if entry.type == "transferred":
                add(entry.data["from_agency"], ["transferred_out"])
                add(entry.data["to_agency"], ["transferred_in"])
            else:
                add(agency, _flows(entry, facts, counting))
    before = _standing(counting, facts["agency"], start - timedelta(days=1))
    if before.status in {*_UNDER_PROCESSING, "awaiting_supplement", "awaiting_payment"}:
        add(before.agency, ["carried_over"])
    after = _standing(counting, facts["agency"], end)
    add(after.agency, _levels(after, end))
    return found


def _counting(life: Sequence[Entry]) -> list[Entry]:
    """The entries that count: without those annulled, what they led to, and the annulments themselves."""
    annulled = {entry.data["annuls"] for entry in life if entry.type == "annulled"}
    resolutions = [entry.sequence for entry in life if entry.type == "resolved"]

    def counts(entry: Entry) -> bool:
        if entry.type == "annulled" or entry.sequence in annulled:
            return False
        if entry.type in {"dispatched", "dispatch_returned", "handed_over"}:
            # It went with the result that was ready then; an annulled result was none.
            return max(s for s in resolutions if s < entry.sequence) not in annulled
        return True

    return [entry for entry in life if counts(entry)]


def _with_agency(counting: Sequence[Entry], first: str) -> Iterator[tuple[str, Entry]]:
    agency = first
    for entry in counting:
        if entry.type == "transferred":
            agency = entry.data["to_agency"]
        yield agency, entry


def _flows(entry: Entry, facts: Mapping[str, Any], counting: Sequence[Entry]) -> Iterator[str]:
    # Once found incomplete it was answered: what is decided then is no second answer.
    is_answer = entry.type in _ANSWERS and entry.data["status_before"] == "submitted"
    if is_answer and entry.occurred_at > datetime.fromisoformat(entry.data["answer_due_at"]):
        yield "answered_late"
    yield from _at_intake(entry, facts)
    yield from _in_processing(entry)
    yield from _at_the_end(entry, facts, counting)


def _at_intake(entry: Entry, facts: Mapping[str, Any]) -> Iterator[str]:
    match entry.type:
        case "filed":
            yield "filed"
        case "arrived":
            yield "postal_submissions"
            if entry.data["picked_up"]:
                yield "postal_pickups"
        case "accepted":
            yield from ("received", f"received_{facts['channel']}")
            if all(copy.get("digest") for copy in entry.data["components"]):
                yield "digitised"
            yield from _components(entry.data)
        case "refused" | "cancelled" | "lapsed":
            yield from ("not_accepted", entry.type)


def _in_processing(entry: Entry) -> Iterator[str]:
    match entry.type:
        case "supplement_requested":
            yield "supplement_requests"
            if entry.data["number"] > 1:
                yield "second_supplement_requests"
        case "supplement_provided":
            yield from _components(entry.data)
        case "paid":
            yield "payments"
            if entry.data["online"]:
                yield "payments_online"
        case "apologised":
            yield "apologies"


def _at_the_end(entry: Entry, facts: Mapping[str, Any], counting: Sequence[Entry]) -> Iterator[str]:
    match entry.type:
        case "resolved":
            yield from ("resolved", _timeliness(entry))
            if facts["has_result"]:
                yield "results"
            if entry.data.get("results"):
                yield "results_digitised"
        case "sent_back" | "withdrawn":
            yield from ("closed_without_result", entry.type)
        case "dispatched":
            if not _dispatched_before(entry, counting):
                yield "postal_returns"
        case "handed_over":
            yield from ("handed_over", f"handed_over_{entry.data['means']}")


def _components(data: Mapping[str, Any]) -> Iterator[str]:
    for copy in data["components"]:
        yield "components"
        if copy["reused"]:
            yield "components_reused"


def _timeliness(resolved: Entry) -> str:
    said = resolved.data.get("appointment")
    if said is None:
        return "undated"
    due = date.fromisoformat(said)
    if resolved.day > due:
        return "late"
    return "on_time" if resolved.day == due else "early"


def _dispatched_before(dispatch: Entry, counting: Sequence[Entry]) -> bool:
    """Whether the same result went out before: a second attempt is no second use."""
    resolved = max(e.sequence for e in counting if e.type == "resolved" and e.sequence < dispatch.sequence)
    return any(e.type == "dispatched" and resolved < e.sequence < dispatch.sequence for e in counting)


def _standing(counting: Sequence[Entry], agency: str, day: date) -> _Standing:
    now = _Standing(agency)
    for entry in counting:
        if entry.day > day:
            break
        data = entry.data
        now.status = data["status_after"]
        if entry.type == "transferred":
            now.agency = data["to_agency"]
        if entry.type in _SAYS_APPOINTMENT:
            said = data.get("appointment")
            now.appointment = date.fromisoformat(said) if said else None
        if entry.type in _PAUSES:
            now.paused_on = entry.day
        if entry.type in _RESUMES:
            now.paused_on = None
        if answer_due_at := data.get("answer_due_at"):
            now.answer_due_at = datetime.fromisoformat(answer_due_at)
    return now


def _levels(now: _Standing, day: date) -> Iterator[str]:
    status = now.status
    was_overdue = (
        now.appointment is not None and now.paused_on is not None and now.appointment < now.paused_on
    )
    if status == "submitted":
        yield "submitted"
        if now.answer_due_at is not None and local_date(now.answer_due_at) <= day:
            yield "unanswered"
    elif status == "incomplete":
        yield "incomplete"
    elif status in {"awaiting_supplement", "awaiting_payment"}:
        yield from ("in_progress", status)
        if was_overdue:
            yield f"{status}_overdue"
    elif status in _UNDER_PROCESSING:
        yield from ("in_progress", "under_processing")
        if now.appointment is None:
            yield "undated_open"
        elif was_overdue if now.paused_on else now.appointment < day:
            yield "overdue"
        else:
            yield "in_time"
