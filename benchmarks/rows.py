"""What was measured, as rows of one table: a figure, both figures behind it, and the goal."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One result. `reached` is None where there is no goal."""

    what: str
    figure: str
    behind: str
    goal: str = ""
    reached: bool | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """What we did and what it is compared with, measured one right after the other."""

    ours: float
    theirs: float

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs


def ratio_row(
    what: str,
    pairs: Sequence[Pair],
    unit: str,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Row:
    """The median of the rounds' ratios, with the round behind it."""
    middle = sorted(pairs, key=lambda pair: pair.ratio)[len(pairs) // 2]
    figure = f"{middle.ratio:.2f}"
    behind = f"{_number(middle.ours)} {unit} of {_number(middle.theirs)} {unit}"
    if at_least is not None:
        return Row(what, figure, behind, f"at least {at_least:.2f}", middle.ratio >= at_least)
    if at_most is not None:
        return Row(what, figure, behind, f"at most {at_most:.2f}", middle.ratio <= at_most)
    return Row(what, figure, behind)


def bound_row(what: str, value: float, unit: str, behind: str, *, at_most: float | None = None) -> Row:
    """A figure that is no ratio."""
    figure = f"{_number(value)} {unit}"
    if at_most is None:
        return Row(what, figure, behind)
    return Row(what, figure, behind, f"at most {_number(at_most)} {unit}", value <= at_most)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 1 else f"{value:.3f}"
