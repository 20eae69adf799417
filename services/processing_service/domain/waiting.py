"""Waits for the applicant: they pause the clock, and end in the status in which they began."""

from dataclasses import replace
from datetime import datetime

from services.processing_service.domain.case import Case
from shared.legal_clock.appointment import Pause, PauseKind
from shared.schemas.lifecycle import DossierStatus, PausePolicy


def waiting(case: Case, kind: PauseKind, now: datetime, *, policy: PausePolicy = PausePolicy.RESUME) -> Case:
    """The case while the applicant is waited for."""
    pause = Pause(kind=kind, asked_at=now, policy=policy)
    return case.model_copy(update={"pauses": (*case.pauses, pause), "before_pause": case.status})


def ended(case: Case, at: datetime) -> tuple[Pause, ...]:
    """The pauses of a case that waits no longer, `at` being the legal moment."""
    *before, pause = case.pauses
    return (*before, replace(pause, ended_at=at))


def previous(case: Case) -> DossierStatus:
    """The status in which the wait began."""
    if case.before_pause is None:
        raise AssertionError(f"case {case.code} does not wait")
    return case.before_pause
