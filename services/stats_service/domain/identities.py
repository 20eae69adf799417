"""What must hold in every cell and every sum. A report that breaks one says which, and is not published."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.stats_service.domain.figures import FIGURES, Figures


@dataclass(frozen=True, slots=True)
class Identity:
    """One side equals the sum of the other."""

    whole: str
    parts: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.whole} = {' + '.join(self.parts)}"


@dataclass(frozen=True, slots=True)
class Break:
    """An identity that does not hold, with both sides."""

    row: str
    identity: str
    left: int
    right: int

    def __str__(self) -> str:
        return f"{self.row}: {self.identity} breaks, {self.left} is not {self.right}"


IDENTITIES: tuple[Identity, ...] = (
    Identity("total", ("resolved", "closed_without_result", "in_progress")),
    Identity("resolved", ("early", "on_time", "late", "undated")),
    Identity("closed_without_result", ("sent_back", "withdrawn")),
    Identity("received", ("received_counter", "received_online", "received_postal")),
    Identity("in_progress", ("under_processing", "awaiting_supplement", "awaiting_payment")),
    Identity("under_processing", ("in_time", "overdue", "undated_open")),
    Identity("not_accepted", ("refused", "cancelled", "lapsed")),
    Identity("postal_uses", ("postal_submissions", "postal_returns")),
    Identity("handed_over", ("handed_over_counter", "handed_over_online", "handed_over_post")),
)

PARENT = "parent = sum of children"
CARRIED_OVER = "carried_over = in_progress of the closed period before, with its corrections"


def breaks_in(row: str, figures: Figures) -> Iterator[Break]:
    """Where one row contradicts itself."""
    for identity in IDENTITIES:
        left, right = figures[identity.whole], sum(figures[part] for part in identity.parts)
        if left != right:
            yield Break(row, str(identity), left, right)
    for name in FIGURES:
        if figures[name] < 0:
            yield Break(row, f"{name} >= 0", figures[name], 0)


def breaks_between(parent: str, figures: Figures, children: Sequence[Figures]) -> Iterator[Break]:
    """Where a sum is not what its parts add up to."""
    for name in FIGURES:
        right = sum(child[name] for child in children)
        if figures[name] != right:
            yield Break(parent, f"{name}: {PARENT}", figures[name], right)
