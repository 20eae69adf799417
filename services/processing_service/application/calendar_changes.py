"""A newer working calendar: every open case is looked at once, and its appointment computed again."""

import structlog

from services.processing_service.application.acts import CaseActs
from services.processing_service.application.intents import recompute
from services.processing_service.application.ports import CaseStore, Reference
from services.processing_service.domain.appointments import calendar_moves
from services.processing_service.domain.case import Case
from shared.clock import Clock
from shared.legal_clock.calendar import CalendarYearMissingError

_BATCH = 200
_log = structlog.get_logger(__name__)


class RecomputeAppointments:
    """Works in batches; what was interrupted goes on where it stood, for each case says what it was
    checked against."""

    def __init__(self, *, store: CaseStore, acts: CaseActs, reference: Reference, clock: Clock) -> None:
        self._store = store
        self._acts = acts
        self._reference = reference
        self._clock = clock

    async def __call__(self) -> int:
        """How many cases are done; call again until none."""
        latest = self._reference.latest.version
        cases = await self._store.unchecked(latest, _BATCH)
        moving = [case for case in cases if self._moves(case)]
        staying = [case for case in cases if case not in moving]
        if staying:
            await self._store.mark_checked(staying, latest)
        # A case that changed meanwhile is found again.
        moved = await self._acts.perform_as_system([case.code for case in moving], recompute())
        return len(staying) + len(moved)

    def _moves(self, case: Case) -> bool:
        try:
            return calendar_moves(case, self._reference, self._clock.now())
        except CalendarYearMissingError as missing:
            _log.warning("calendar_ends_too_early", code=case.code, year=missing.extra["year"])
            return False
