"""Shares as they are printed: two decimals, half up, and always with what is divided by what."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from services.stats_service.domain.figures import Figures

_CENT = Decimal("0.01")
NOT_APPLICABLE = "n/a"


@dataclass(frozen=True, slots=True)
class Share:
    """A share by name; the sums are written as they are computed: `early + on_time`."""

    name: str
    numerator: str
    denominator: str
    vi: str


@dataclass(frozen=True, slots=True)
class Percentage:
    """A share of one row. `value` is none where there is nothing to divide by."""

    value: Decimal | None
    numerator: int
    denominator: int
    share: Share

    @property
    def text(self) -> str:
        return NOT_APPLICABLE if self.value is None else str(self.value)


SHARES: tuple[Share, ...] = (
    Share(
        "resolved_basis", "early + on_time", "early + on_time + late", "Tỷ lệ đúng hạn trên số đã giải quyết"
    ),
    Share(
        "due_basis",
        "early + on_time",
        "early + on_time + late + overdue",
        "Tỷ lệ đúng hạn trên số đến hạn",
    ),
    Share("load_basis", "total - late - overdue", "total", "Tỷ lệ không quá hạn trên tổng số"),
    Share("late_share", "late", "early + on_time + late", "Tỷ lệ quá hạn trên số đã giải quyết"),
    Share("online_share", "received_online", "received", "Tỷ lệ tiếp nhận trực tuyến"),
    Share("digitised_share", "digitised", "received", "Tỷ lệ số hóa hồ sơ"),
    Share("results_digitised_share", "results_digitised", "results", "Tỷ lệ kết quả điện tử"),
    Share("reuse_share", "components_reused", "components", "Tỷ lệ tái sử dụng thành phần hồ sơ"),
    Share("payments_online_share", "payments_online", "payments", "Tỷ lệ thanh toán trực tuyến"),
)


def percentage(numerator: int, denominator: int) -> Decimal | None:
    """Half up, two decimals: 281 of 800 is 35.13."""
    if denominator == 0:
        return None
    return (Decimal(100 * numerator) / denominator).quantize(_CENT, ROUND_HALF_UP)


def percentages_of(figures: Figures) -> Mapping[str, Percentage]:
    """All shares of a row, by name."""
    return {share.name: _percentage(share, figures) for share in SHARES}


def _percentage(share: Share, figures: Figures) -> Percentage:
    numerator, denominator = _sum(share.numerator, figures), _sum(share.denominator, figures)
    return Percentage(percentage(numerator, denominator), numerator, denominator, share)


def _sum(expression: str, figures: Figures) -> int:
    value, sign = 0, 1
    for word in expression.split():
        if word in "+-":
            sign = 1 if word == "+" else -1
        else:
            value += sign * figures[word]
    return value
