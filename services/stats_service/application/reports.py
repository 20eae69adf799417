"""The report: figures of a period, split into rows, with percentages, and checked against every identity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.stats_service.application.ports import (
    Arrivals,
    ClosedPeriods,
    Completeness,
    Key,
    Ledger,
    Reference,
    Split,
    SumsAt,
)
from services.stats_service.application.questions import By, Question, Understood, names, understand
from services.stats_service.domain.cell import Dimension
from services.stats_service.domain.figures import Figures, figures_of, total_of
from services.stats_service.domain.identities import CARRIED_OVER, Break, breaks_between, breaks_in
from services.stats_service.domain.period import View
from shared.clock import VIETNAM, Clock

TOTAL = "total row"
SOURCES = ("/intake", "/processing")


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of one value of the dimension that the report is split by."""

    key: Mapping[str, str]
    """The dimensions that tell this row apart, and their values."""
    name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Report:
    """What is asked, and the figures."""

    question: Question
    by: By | None
    total: Figures
    rows: Sequence[Row]
    problems: Sequence[Break]
    """Identities that do not hold. Unless there is none, nobody may publish the report."""
    provisional: Sequence[str]
    """Why figures may still change; empty when all that belongs to the period has arrived."""

    @property
    def publishable(self) -> bool:
        return not self.problems


class BuildReport:
    """Answers a question with a report."""

    def __init__(
        self,
        ledger: Ledger,
        reference: Reference,
        arrivals: Arrivals,
        closed_periods: ClosedPeriods,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._reference = reference
        self._arrivals = arrivals
        self._closed_periods = closed_periods
        self._clock = clock

    async def __call__(self, question: Question, by: By | None = None) -> Report:
        """Raises `RuleViolationError` for what cannot be asked."""
        now = self._clock.now()
        understood = await understand(question, self._reference, now)
        # Completeness first: what arrives after it was asked for is in the figures, never only in the mark.
        completeness = await self._arrivals.completeness()
        splits: list[Split] = [frozenset()] if by is None else [frozenset(), by.tells_apart]
        total, *split = await self._ledger.read(understood.view, understood.selection, splits)
        figures = _figures(total.get((), SumsAt({}, {})))
        rows = await self._rows(by, split[0], understood) if by else []
        return Report(
            question=question,
            by=by,
            total=figures,
            rows=rows,
            problems=[
                *_problems(figures, rows, split=by is not None),
                *await self._break_with_the_period_before(question, figures),
            ],
            provisional=reasons_to_wait(understood.view, understood.view.settled_at, completeness),
        )

    async def _break_with_the_period_before(self, question: Question, figures: Figures) -> list[Break]:
        """What was frozen as in progress, with what was corrected since, must have been carried over."""
        if question != Question(question.period):
            return []  # only the whole is frozen as one sum
        closed = await self._closed_periods.ending_on(question.period.day_before)
        if closed is None:
            return []
        corrected = (await self._closed_periods.corrected_by(closed)).get("in_progress", 0)
        expected = closed.total["in_progress"] + corrected
        if figures["carried_over"] == expected:
            return []
        return [Break(TOTAL, CARRIED_OVER, figures["carried_over"], expected)]

    async def _rows(self, by: By, sums: Mapping[Key, SumsAt], understood: Understood) -> list[Row]:
        found = {key: _figures(at) for key, at in sums.items()}
        if by is By.AGENCY:
            found = _by_agency(found, understood)
        dimensions = [dimension.value for dimension in Dimension if dimension in by.tells_apart]
        known = await names(by, [key[0] for key in found], understood.tree, self._reference)
        return [
            Row(dict(zip(dimensions, key, strict=True)), known.get(key[0], " / ".join(key)), figures)
            for key, figures in sorted(found.items())
            if any(figures.values())
        ]


def _figures(at: SumsAt) -> Figures:
    return figures_of(at.before, at.end)


def _by_agency(found: Mapping[Key, Figures], understood: Understood) -> dict[Key, Figures]:
    row_of = understood.tree.rows(understood.agency, [agency for (agency,) in found])
    parts: dict[Key, list[Figures]] = {}
    for (agency,), figures in found.items():
        parts.setdefault((row_of[agency],), []).append(figures)
    return {key: total_of(figures) for key, figures in parts.items()}


def _problems(total: Figures, rows: Sequence[Row], *, split: bool) -> list[Break]:
    problems = list(breaks_in(TOTAL, total))
    for row in rows:
        problems.extend(breaks_in(row.name, row.figures))
    if split:
        problems.extend(breaks_between(TOTAL, total, [row.figures for row in rows]))
    return problems


def reasons_to_wait(view: View, known_from: datetime, completeness: Completeness) -> list[str]:
    """Why figures of the period may still change without anybody correcting them.

    They are complete when everything is known that was recorded before `known_from`.
    """
    reasons = []
    if view.today <= view.period.last:
        reasons.append("the period has not ended")
    for source in SOURCES:
        known = completeness.known_up_to.get(source)
        if known is None:
            reasons.append(f"{source} has not yet said up to when it has told everything")
        elif known < known_from:
            until = known.astimezone(VIETNAM).isoformat()
            reasons.append(f"what {source} recorded is known only up to {until}")
    if completeness.waiting:
        reasons.append(f"{completeness.waiting} events are held back or could not be read")
    return reasons
