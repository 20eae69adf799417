"""The official report II.06a/VPCP/KSTT, as data.

The form knows neither what closes without a result nor what is undated or paused. What is done with it is a
setting; whatever it is, the form says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.stats_service.domain.figures import Figures


class Remainder(StrEnum):
    """Where dossiers go that closed without a result or undated."""

    BESIDE = "beside"
    """Named under the form; the checked identity is 3 = 7 + 11 + N."""
    AS_ON_TIME = "as_on_time"
    """Counted in column 9, for validators that demand 3 = 7 + 11."""


@dataclass(frozen=True, slots=True)
class FormRow:
    """Columns 2 to 13 of one field, and what is named under the form."""

    field: str
    columns: dict[int, int]
    """By the number printed over the column, 3 to 13."""
    remainder: dict[str, int]
    """N by its parts: what closed without a result or undated in the period."""
    inside_12: dict[str, int]
    """What column 12 holds that is not simply in time."""
    inside_6: dict[str, int]
    """What other agencies gave and took; zero for a whole province."""
    identity: str
    holds: bool


COLUMN_TITLES: dict[int, str] = {
    2: "Lĩnh vực giải quyết",
    3: "Tiếp nhận: tổng số",
    4: "Trong kỳ: trực tuyến",
    5: "Trong kỳ: trực tiếp, dịch vụ bưu chính",
    6: "Từ kỳ trước",
    7: "Đã giải quyết: tổng số",
    8: "Trước hạn",
    9: "Đúng hạn",
    10: "Quá hạn",
    11: "Đang giải quyết: tổng số",
    12: "Trong hạn",
    13: "Quá hạn",
}

_PARTS = ("sent_back", "withdrawn", "undated")
_INSIDE_12 = ("undated_open", "awaiting_supplement", "awaiting_payment")
AS_ON_TIME_WARNING = (
    "Column 9 counts dossiers that were sent back, withdrawn or had no appointment as on time, "
    "because the receiving validator demands 3 = 7 + 11. They were not."
)


def form_row(field: str, figures: Figures, setting: Remainder = Remainder.BESIDE) -> FormRow:
    """One row of the form."""
    remainder = {name: figures[name] for name in _PARTS}
    n = sum(remainder.values())
    on_time = figures["on_time"] + (n if setting is Remainder.AS_ON_TIME else 0)
    columns = {
        4: figures["received_online"],
        5: figures["received_counter"] + figures["received_postal"],
        6: figures["carried_over"] + figures["transferred_in"] - figures["transferred_out"],
        8: figures["early"],
        9: on_time,
        10: figures["late"],
        11: figures["in_progress"],
        13: figures["overdue"],
    }
    columns[3] = columns[4] + columns[5] + columns[6]
    columns[7] = columns[8] + columns[9] + columns[10]
    columns[12] = columns[11] - columns[13]
    beside = n if setting is Remainder.BESIDE else 0
    return FormRow(
        field=field,
        columns=dict(sorted(columns.items())),
        remainder=remainder,
        inside_12={name: figures[name] for name in _INSIDE_12},
        inside_6={name: figures[name] for name in ("transferred_in", "transferred_out")},
        identity="3 = 7 + 11 + N" if setting is Remainder.BESIDE else "3 = 7 + 11",
        holds=columns[3] == columns[7] + columns[11] + beside,
    )


def warnings_for(setting: Remainder, rows: Sequence[FormRow]) -> list[str]:
    """What has to be printed under the form."""
    if setting is Remainder.AS_ON_TIME and any(sum(row.remainder.values()) for row in rows):
        return [AS_ON_TIME_WARNING]
    return []
