"""What every act on a dossier answers, rendered from the history entry that it wrote."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import Query, Response

from shared.errors import AppError
from shared.history import HistoryEntry
from shared.schemas.base import AnswerModel, Moment, WrittenWhole
from shared.schemas.lifecycle import DossierStatus, EventType
from shared.web.conditions import tag
from shared.web.documented_answers import Problem
from shared.web.pages import Page, page_of
from shared.web.problems import problem_document


class ActAnswer(AnswerModel):
    """The dossier after the act."""

    code: str
    version: int
    """For the next If-Match, as the ETag is."""
    status: DossierStatus
    event: EventType
    """What happened, as the history calls it."""
    occurred_at: Moment
    appointment: date | None
    """The appointment of record that holds after the act; none before acceptance and without a duration."""
    links: dict[str, str]
    """`dossier`, and from acceptance on `case`."""


class BulkItemAnswer(AnswerModel):
    """What became of one item: its act's answer or its problem."""

    code: str
    status: int
    """As if the act had been asked for by itself."""
    answer: ActAnswer | None
    """None where the act was refused."""
    problem: Problem | None
    """Why it was refused."""


class BulkAnswer(AnswerModel):
    """One entry per item, in the order of the request. Each stands or falls alone."""

    items: list[BulkItemAnswer]


_INTAKE_STATUSES = frozenset({DossierStatus.SUBMITTED, DossierStatus.INCOMPLETE, DossierStatus.NOT_ACCEPTED})


def render(entry: HistoryEntry) -> ActAnswer:
    """The same bytes whenever the same entry is rendered."""
    status = DossierStatus(entry.data["status_after"])
    links = {"dossier": f"/v1/dossiers/{entry.code}"}
    if status not in _INTAKE_STATUSES:
        links["case"] = f"/v1/cases/{entry.code}"
    return ActAnswer(
        code=entry.code,
        version=entry.sequence,
        status=status,
        event=entry.type,
        occurred_at=entry.occurred_at,
        appointment=entry.data.get("appointment"),
        links=links,
    )


def answer(response: Response, entry: HistoryEntry) -> ActAnswer:
    """Render and tag."""
    tag(response, entry.sequence)
    return render(entry)


AfterSequence = Annotated[
    WrittenWhole, Query(ge=0, le=999_999_999, description="The sequence behind which to go on: `next`")
]


class HistoryItem(AnswerModel):
    """One entry of a history as a reader sees it: who acted in which quality, never which person."""

    sequence: int
    event: EventType
    occurred_at: Moment
    action: str
    role: str
    acting_agency: str | None
    """The agency or desk for which somebody acted."""
    acting_channel: str
    """counter, online, postal, portal or system."""
    status_before: DossierStatus | None
    status_after: DossierStatus
    reason_code: str | None
    reason: str | None
    hash: str
    """SHA-256 of this entry and of the one before, in hex."""


def history_item(entry: HistoryEntry) -> HistoryItem:
    """The entry without identities."""
    data = entry.data
    return HistoryItem(
        sequence=entry.sequence,
        event=entry.type,
        occurred_at=entry.occurred_at,
        action=data["action"],
        role=data["role"],
        acting_agency=data.get("acting_agency"),
        acting_channel=data["acting_channel"],
        status_before=data.get("status_before"),
        status_after=data["status_after"],
        reason_code=data.get("reason_code"),
        reason=entry.reason,
        hash=entry.hash.hex(),
    )


def history_page(found: Sequence[HistoryEntry], limit: int) -> Page[HistoryItem]:
    """`found` holds one entry more than `limit` where the history goes on."""
    return page_of(found, limit, history_item, lambda last: str(last.sequence))


def bulk_item(code: str, outcome: HistoryEntry | AppError) -> BulkItemAnswer:
    """One line of a bulk answer."""
    if isinstance(outcome, AppError):
        problem = Problem.model_validate(problem_document(outcome))
        return BulkItemAnswer(code=code, status=problem.status, answer=None, problem=problem)
    return BulkItemAnswer(code=code, status=200, answer=render(outcome), problem=None)
