"""The report as a table for people and as CSV for spreadsheets."""

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from textwrap import wrap
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from shared.clock import VIETNAM

Row = Mapping[str, Any]

DIMENSIONS = ("agency", "desk", "field", "procedure", "channel")
_TOTAL = "Tổng cộng"

# In the order in which the report reads, in the words of the statistics; indented ones are parts of the one
# above.
_LINES: Sequence[tuple[int, str, str]] = (
    (0, "carried_over", "Kỳ trước chuyển sang"),
    (0, "received", "Tiếp nhận mới"),
    (1, "received_online", "Tiếp nhận trực tuyến"),
    (1, "received_counter", "Tiếp nhận trực tiếp"),
    (1, "received_postal", "Tiếp nhận qua bưu chính"),
    (0, "transferred_in", "Chuyển đến"),
    (0, "transferred_out", "Chuyển đi"),
    (0, "total", "Tổng số"),
    (0, "resolved", "Đã giải quyết"),
    (1, "early", "Trước hạn"),
    (1, "on_time", "Đúng hạn"),
    (1, "late", "Quá hạn"),
    (1, "undated", "Không có ngày hẹn"),
    (0, "closed_without_result", "Kết thúc không có kết quả"),
    (1, "sent_back", "Trả lại"),
    (1, "withdrawn", "Rút hồ sơ"),
    (0, "in_progress", "Chưa giải quyết xong"),
    (1, "under_processing", "Đang giải quyết"),
    (2, "in_time", "Trong hạn"),
    (2, "overdue", "Quá hạn chưa giải quyết"),
    (2, "undated_open", "Đang giải quyết, không có ngày hẹn"),
    (1, "awaiting_supplement", "Chờ bổ sung"),
    (1, "awaiting_payment", "Chờ thanh toán"),
    (0, "postal_uses", "Sử dụng dịch vụ bưu chính"),
    (1, "postal_submissions", "Nộp qua bưu chính"),
    (1, "postal_returns", "Trả kết quả qua bưu chính"),
    (0, "not_accepted", "Không tiếp nhận"),
    (0, "supplement_requests", "Yêu cầu bổ sung"),
    (0, "apologies", "Xin lỗi và hẹn lại"),
)
WORDS: Mapping[str, str] = {figure: word for _, figure, word in _LINES}
"""Figure -> what it is called."""

_COLUMNS = (
    "carried_over",
    "received",
    "received_online",
    "total",
    "resolved",
    "early",
    "on_time",
    "late",
    "closed_without_result",
    "in_progress",
    "overdue",
)
_NARROW_COLUMNS = ("received", "resolved", "late", "in_progress")
_SHARE = ("resolved_basis", "Trước và đúng hạn, %")
_HEADING_WIDTH = 9
_WIDE = 170


def print_table(document: Row, out: Console) -> None:
    """One figure a line; split into rows, one row a line below."""
    out.print(Text(_title(document), style="bold"))
    out.print(_summary(document))
    out.print(_shares(document["percentages"]))
    if document["by"]:
        out.print(_rows(document, wide=out.width >= _WIDE))
    for problem in document["problems"]:
        out.print(
            Text(
                f"DOES NOT ADD UP: {problem['row']}: {problem['identity']}:"
                f" {problem['left']:,} is not {problem['right']:,}",
                style="bold red",
            )
        )
    if not document["problems"]:
        out.print(Text("Every identity holds.", style="green"))
    for reason in document["provisional"]:
        out.print(Text(f"Provisional: {reason}.", style="yellow"))


def write_csv(document: Row, out: TextIO) -> None:
    """A line for each row and one for the total; every figure and percentage is a column."""
    rows: Sequence[Row] = document["rows"]
    keys = [name for name in DIMENSIONS if any(row[name] is not None for row in rows)]
    taken = {*DIMENSIONS, "from", "to", "by"}
    figures = [
        name
        for name, value in document.items()
        if isinstance(value, int) and not isinstance(value, bool) and name not in taken
    ]
    shares = list(document["percentages"])
    writer = csv.writer(out)
    writer.writerow([*keys, "name", *figures, *shares])
    for row in [*rows, {**document, **dict.fromkeys(keys, ""), "name": _TOTAL}]:
        writer.writerow(
            [
                *(harmless(row[key] or "") for key in keys),
                harmless(row["name"]),
                *(row[name] for name in figures),
                *(row["percentages"][name]["text"] for name in shares),
            ]
        )


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"} else text


def _title(document: Row) -> str:
    parts = [f"{document['from']} to {document['to']}"]
    parts += [f"{name} {document[name]}" for name in DIMENSIONS if document[name]]
    if document["as_of"]:
        moment = datetime.fromisoformat(document["as_of"]).astimezone(VIETNAM)
        parts.append(f"as of {moment:%Y-%m-%d %H:%M:%S} in Vietnam")
    return ", ".join(parts)


def _summary(document: Row) -> Table:
    table = Table(show_header=False)
    table.add_column()
    table.add_column(style="dim")
    table.add_column(justify="right")
    for level, figure, word in _LINES:
        indent = "  " * level
        table.add_row(Text(f"{indent}{word}"), Text(f"{indent}{figure}"), f"{document[figure]:,}")
    return table


def _shares(percentages: Mapping[str, Row]) -> Table:
    table = Table()
    table.add_column("percentage")
    table.add_column("%", justify="right")
    table.add_column("of what", style="dim")
    for name, share in percentages.items():
        table.add_row(
            name,
            share["text"],
            Text(
                f"{_bracketed(share['numerator_is'])} / {_bracketed(share['denominator_is'])}"
                f" = {share['numerator']:,} / {share['denominator']:,}"
            ),
        )
    return table


def _bracketed(expression: str) -> str:
    return f"({expression})" if " " in expression else expression


def _rows(document: Row, *, wide: bool) -> Table:
    figures = _COLUMNS if wide else _NARROW_COLUMNS
    key = document["by"]
    rows: Sequence[tuple[Row, str, str]] = [(row, row[key] or "", row["name"]) for row in document["rows"]]
    # A field is its name.
    named = any(code != name for _, code, name in rows)
    table = Table()
    table.add_column(key, no_wrap=wide, overflow="fold")
    if wide and named:
        table.add_column("name")
    share, heading = _SHARE
    for word in [*(WORDS[figure] for figure in figures), heading]:
        table.add_column("\n".join(wrap(word, _HEADING_WIDTH)), justify="right", no_wrap=True)

    def add(row: Row, code: str, name: str, style: str | None = None) -> None:
        both = [code, name] if named else [code]
        head = both if wide else ["\n".join(filter(None, both))]
        shown = [f"{row[figure]:,}" for figure in figures]
        table.add_row(*map(Text, head), *shown, row["percentages"][share]["text"], style=style)

    for each in rows:
        add(*each)
    table.add_section()
    add(document, _TOTAL, "", style="bold")
    return table
