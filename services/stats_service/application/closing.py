"""Closes periods: their figures are frozen with a digest, and what changes later is listed by dossier."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import rfc8785

from services.stats_service.application.ports import (
    Arrivals,
    ClosedPeriod,
    ClosedPeriods,
    Correction,
    Frozen,
)
from services.stats_service.application.reports import TOTAL, reasons_to_wait
from services.stats_service.domain.cell import Dimension
from services.stats_service.domain.figures import Figures, figures_of, total_of
from services.stats_service.domain.identities import breaks_in
from services.stats_service.domain.period import Period, View
from shared.clock import Clock
from shared.errors import NotFoundError, StateConflictError
from shared.principal import Principal


@dataclass(frozen=True, slots=True)
class Amended:
    """A closed period and what it would say now."""

    closed: ClosedPeriod
    corrected_by: Figures


class ClosingPeriods:
    """Closes periods and shows what was closed."""

    def __init__(
        self, periods: ClosedPeriods, arrivals: Arrivals, clock: Clock, *, undo_window: timedelta
    ) -> None:
        self._periods = periods
        self._arrivals = arrivals
        self._clock = clock
        self._undo_window = undo_window

    async def close(self, principal: Principal, period: Period) -> tuple[ClosedPeriod, bool]:
        """The closed period, and whether it was closed just now.

        Raises `StateConflictError` while something that belongs to the period may still come, and for
        figures that contradict themselves.
        """
        if (closed := await self._periods.find(period)) is not None:
            return closed, False
        now = self._clock.now()
        view = View.at(period, now, None)
        # What undoes the last decisions must have arrived too: now it counts, later it is a correction.
        decided_at = period.ends_at + self._undo_window
        reasons = reasons_to_wait(view, decided_at, await self._arrivals.completeness())
        if now < decided_at:
            reasons.append("what was decided last may still be undone")
        if reasons:
            raise StateConflictError(f"the period cannot be closed yet: {'; '.join(reasons)}")
        frozen = await self._periods.freeze(view)
        document, total = _document(period, frozen)
        closed = ClosedPeriod(
            period, now, principal.subject, frozen.up_to, sha256(document).hexdigest(), total
        )
        if await self._periods.keep(closed, document):
            return closed, True
        return await self._found(period), False

    async def show(self, period: Period) -> Amended:
        """Raises `NotFoundError` for a period that is not closed."""
        closed = await self._found(period)
        return Amended(closed, await self._periods.corrected_by(closed))

    async def document(self, period: Period) -> bytes:
        """The canonical JSON that the digest is of. Raises `NotFoundError`."""
        return await self._periods.document(period)

    async def list(self, *, before: tuple[date, date] | None, limit: int) -> Sequence[ClosedPeriod]:
        """The newest first."""
        return await self._periods.list(before=before, limit=limit)

    async def corrections(self, period: Period, *, after: str | None, limit: int) -> Sequence[Correction]:
        """By dossier. Raises `NotFoundError` for a period that is not closed."""
        return await self._periods.corrections(await self._found(period), after=after, limit=limit)

    async def _found(self, period: Period) -> ClosedPeriod:
        closed = await self._periods.find(period)
        if closed is None:
            raise NotFoundError("this period is not closed")
        return closed


def _document(period: Period, frozen: Frozen) -> tuple[bytes, Figures]:
    cells = {key: figures_of(sums.before, sums.end) for key, sums in sorted(frozen.cells.items())}
    total = total_of(list(cells.values()))
    problems = [str(one) for one in breaks_in(TOTAL, total)]
    for key, figures in cells.items():
        problems.extend(str(one) for one in breaks_in(" / ".join(key), figures))
    if problems:
        raise StateConflictError(f"the figures contradict themselves: {'; '.join(problems[:5])}")
    document: dict[str, Any] = {
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        "total": dict(total),
        "cells": [
            {
                **dict(zip((dimension.value for dimension in Dimension), key, strict=True)),
                "figures": {name: n for name, n in figures.items() if n},
            }
            for key, figures in cells.items()
            if any(figures.values())
        ],
    }
    return rfc8785.dumps(document), total
