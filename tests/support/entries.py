"""Histories as both services would have kept them, made of stories."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from typing import Any

from services.console.recount.histories import Entry
from shared.events.dossier import EVENT_MODELS
from shared.events.envelope import Envelope
from shared.history import ChainHead, HistoryEntry, append
from shared.schemas.lifecycle import EventType
from tests.support.stories import Story

_FIXED = {
    "filed": "submitted", "accepted": "accepted", "completion_requested": "incomplete",
    "completed": "submitted", "refused": "not_accepted", "cancelled": "not_accepted",
    "lapsed": "not_accepted", "started": "processing", "supplement_requested": "awaiting_supplement",
    "payment_requested": "awaiting_payment", "withdrawal_requested": "withdrawal_requested",
    "withdrawn": "closed_without_result", "sent_back": "closed_without_result", "resolved": "resolved",
    "handed_over": "handed_over",
}  # fmt: skip
_BACK_FROM = {
    "supplement_provided": "supplement_requested",
    "supplement_cancelled": "supplement_requested",
    "paid": "payment_requested",
    "withdrawal_declined": "withdrawal_requested",
}
"""What leads back to the status before the last event of a kind."""


def statuses(told: Iterable[tuple[str, int | None]]) -> list[tuple[str | None, str | None]]:
    """The status before and after each event, by its type and by which event it annuls, and nothing else."""
    found: list[tuple[str | None, str | None]] = []
    types: list[str] = []
    status: str | None = None
    for event_type, annuls in told:
        before = status
        if event_type == "annulled" and annuls is not None:
            status = found[annuls - 1][0]
        elif event_type in _BACK_FROM:
            last = len(types) - 1 - types[::-1].index(_BACK_FROM[event_type])
            status = found[last][0]
        else:
            status = _FIXED.get(event_type, status)
        types.append(event_type)
        found.append((before, status))
    return found


def entries(story: Story) -> list[Entry]:
    """The story's history, hash-chained, with the statuses that follow from it."""
    types = [_type_of(event) for event in story.events]
    told = [(each.value, event.data.get("annuls")) for each, event in zip(types, story.events, strict=True)]
    kept: list[Entry] = []
    head: ChainHead | None = None
    for event, event_type, (before, after) in zip(story.events, types, statuses(told), strict=True):
        data = {**event.data, "status_before": before, "status_after": after}
        entry = append(
            event.subject,
            head,
            EVENT_MODELS[event_type].model_validate(data),
            occurred_at=event.time,
            actor="urn:test|lan",
            reason="Vì bài kiểm tra",
            salt=bytes(16),
        )
        head = entry.head
        kept.append(as_read(entry))
    return kept


def as_read(entry: HistoryEntry) -> Entry:
    """As the recount reads it from a database."""
    return Entry(**{each.name: getattr(entry, each.name) for each in fields(Entry)})


def changed(life: Sequence[Entry], sequence: int, **columns: Any) -> list[Entry]:
    """The history with columns of one entry overwritten behind everybody's back."""
    return [replace(entry, **columns) if entry.sequence == sequence else entry for entry in life]


def _type_of(event: Envelope) -> EventType:
    found = event.dossier_event_type
    assert found is not None
    return found
