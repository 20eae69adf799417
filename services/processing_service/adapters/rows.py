"""A case as the row of its table: the whole state, and the columns that lists and timers look for."""

from datetime import datetime
from typing import Any

from services.processing_service.domain.access import is_the_posts
from services.processing_service.domain.case import Case
from shared.schemas.lifecycle import DossierStatus, HandOverMeans


def row_of(case: Case) -> dict[str, Any]:
    """Every column of `case_file`, as JSON knows them."""
    return {
        "code": case.code,
        "version": case.version,
        "head_hash": f"\\x{case.head_hash}",
        "status": case.status,
        "agency": case.facts.agency,
        "desk": case.facts.desk,
        "procedure": case.facts.procedure,
        "owner": case.owner,
        "representative": case.representative,
        "assignee": case.assignee,
        "foreign_number": case.facts.foreign_number,
        "post": is_the_posts(case),
        "overdue_after": case.overdue_after,
        "hand_over_due_at": _hand_over_due_at(case),
        "calendar_checked": case.calendar_checked,
        "state": case.model_dump(mode="json"),
    }


def _hand_over_due_at(case: Case) -> datetime | None:
    """When a result that goes out online stands: its decision can then be undone no more."""
    if case.status is not DossierStatus.RESOLVED or case.closing is None or case.with_post:
        return None
    return case.closing.undo_until if case.facts.return_by is HandOverMeans.ONLINE else None
