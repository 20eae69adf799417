"""The words of a report: each figure as a sum of counters, each counter read at one place of the period."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from services.stats_service.domain.counters import COUNTERS, Kind

Sums = Mapping[str, int]
"""Counter name to the sum of its changes up to the end of a day."""


class Reading(Enum):
    """Where in a period [from, to] a counter is read."""

    BEFORE = "before"
    """A level at the end of the day before `from`."""
    DURING = "during"
    """A flow, summed over the days of the period."""
    END = "end"
    """A level at the end of `to`."""


@dataclass(frozen=True, slots=True)
class Term:
    """One counter, read at one place, added or taken off."""

    counter: str
    reading: Reading
    sign: int = 1


@dataclass(frozen=True, slots=True)
class Figure:
    """A word of the report with its meaning."""

    name: str
    vi: str
    en: str
    terms: tuple[Term, ...]

    def value(self, before: Sums, end: Sums) -> int:
        """The figure, from the sums up to the day before `from` and up to `to`."""
        value = 0
        for term in self.terms:
            match term.reading:
                case Reading.BEFORE:
                    value += term.sign * before.get(term.counter, 0)
                case Reading.DURING:
                    value += term.sign * (end.get(term.counter, 0) - before.get(term.counter, 0))
                case Reading.END:
                    value += term.sign * end.get(term.counter, 0)
        return value


_IN_PROGRESS = ("under_processing", "awaiting_supplement", "awaiting_payment")
_CARRIED_OVER = tuple(Term(name, Reading.BEFORE) for name in _IN_PROGRESS)

_COMPOSED = (
    Figure(
        "carried_over", "Kỳ trước chuyển sang", "accepted and not closed before the period", _CARRIED_OVER
    ),
    Figure(
        "total",
        "Tổng số",
        "carried over and received, with what came from and went to other agencies",
        (
            *_CARRIED_OVER,
            Term("received", Reading.DURING),
            Term("transferred_in", Reading.DURING),
            Term("transferred_out", Reading.DURING, -1),
        ),
    ),
    Figure(
        "in_progress",
        "Chưa giải quyết xong",
        "open at the end of the period",
        tuple(Term(name, Reading.END) for name in _IN_PROGRESS),
    ),
    Figure(
        "postal_uses",
        "Sử dụng dịch vụ bưu chính",
        "dossiers brought and results taken by the post",
        (Term("postal_submissions", Reading.DURING), Term("postal_returns", Reading.DURING)),
    ),
)

_PLAIN = tuple(
    Figure(
        counter.name,
        counter.vi,
        counter.en,
        (Term(counter.name, Reading.DURING if counter.kind is Kind.FLOW else Reading.END),),
    )
    for counter in COUNTERS
)

FIGURES: Mapping[str, Figure] = {figure.name: figure for figure in (*_COMPOSED, *_PLAIN)}

Figures = Mapping[str, int]
"""Figure name to its value, every figure of `FIGURES`."""


def figures_of(before: Sums, end: Sums) -> Figures:
    """All figures of a period, from the sums up to the day before `from` and up to `to`."""
    return {name: figure.value(before, end) for name, figure in FIGURES.items()}


def total_of(rows: list[Figures]) -> Figures:
    """The sum, figure by figure."""
    return {name: sum(row[name] for row in rows) for name in FIGURES}
