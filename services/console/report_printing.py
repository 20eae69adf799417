"""The report as a table for people and as CSV for spreadsheets."""

import csv
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

Row = Mapping[str, Any]

DIMENSIONS = ("agency", "desk", "field", "procedure", "channel")
_TOTAL = "Tổng cộng"

# In the order in which the report reads; indented ones are parts of the one above.
_LINES: Sequence[tuple[str, str]] = (
    ("carried_over", "Kỳ trước chuyển sang"),
    ("received", "Tiếp nhận mới"),
    ("received_online", "  trực tuyến"),
    ("received_counter", "  trực tiếp"),
    ("received_postal", "  qua bưu chính"),
    ("transferred_in", "Cơ quan khác chuyển đến"),
    ("transferred_out", "Chuyển cơ quan khác"),
    ("total", "Tổng số"),
    ("resolved", "Đã giải quyết"),
    ("early", "  trước hạn"),
    ("on_time", "  đúng hạn"),
    ("late", "  quá hạn"),
    ("undated", "  không có ngày hẹn"),
    ("closed_without_result", "Kết thúc không có kết quả"),
    ("sent_back", "  trả lại"),
    ("withdrawn", "  rút hồ sơ"),
    ("in_progress", "Chưa giải quyết xong"),
    ("under_processing", "  đang giải quyết"),
    ("in_time", "    trong hạn"),
    ("overdue", "    quá hạn"),
    ("undated_open", "    không có ngày hẹn"),
    ("awaiting_supplement", "  chờ bổ sung"),
    ("awaiting_payment", "  chờ thanh toán"),
    ("postal_uses", "Sử dụng dịch vụ bưu chính"),
    ("postal_submissions", "  nộp hồ sơ"),
    ("postal_returns", "  trả kết quả"),
    ("not_accepted", "Không tiếp nhận"),
    ("supplement_requests", "Yêu cầu bổ sung"),
    ("apologies", "Xin lỗi và hẹn lại"),
)
# Figure, heading, and whether a narrow terminal has room for it too.
_COLUMNS: Sequence[tuple[str, str, bool]] = (
    ("carried_over", "Kỳ trước", False),
    ("received", "Tiếp nhận", True),
    ("received_online", "Trực tuyến", False),
    ("total", "Tổng số", True),
    ("resolved", "Đã xong", True),
    ("early", "Trước hạn", False),
    ("on_time", "Đúng hạn", False),
    ("late", "Quá hạn", True),
    ("closed_without_result", "Trả, rút", False),
    ("in_progress", "Còn lại", True),
    ("overdue", "Còn lại quá hạn", False),
)
_WIDE = 140


def print_table(document: Row, console: Console | None = None) -> None:
    """One figure a line; split into rows, one row a line below."""
    out = console or Console()
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


def _summary(document: Row) -> Table:
    title = f"{document['from']} – {document['to']}"
    narrowed = [f"{name} {document[name]}" for name in DIMENSIONS if document[name]]
    if document["as_of"]:
        narrowed.append(f"as of {document['as_of']}")
    table = Table(title=", ".join([title, *narrowed]), title_justify="left", show_header=False)
    table.add_column()
    table.add_column(style="dim")
    table.add_column(justify="right")
    for name, label in _LINES:
        indent = " " * (len(label) - len(label.lstrip()))
        table.add_row(Text(label), Text(f"{indent}{name}"), f"{document[name]:,}")
    return table


def _shares(percentages: Mapping[str, Row]) -> Table:
    table = Table()
    table.add_column("%")
    table.add_column("", justify="right")
    table.add_column("", style="dim")
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
    columns = [(figure, heading) for figure, heading, narrow in _COLUMNS if wide or narrow]
    table = Table()
    table.add_column(document["by"], overflow="fold")
    for _, heading in [*columns, ("", "Đúng hạn %")]:
        table.add_column(heading, justify="right", no_wrap=not wide)
    for row in document["rows"]:
        table.add_row(*_cells(row, row["name"], columns))
    table.add_section()
    table.add_row(*_cells(document, _TOTAL, columns), style="bold")
    return table


def _cells(row: Row, name: str, columns: Sequence[tuple[str, str]]) -> list[str | Text]:
    figures = [f"{row[figure]:,}" for figure, _ in columns]
    return [Text(name), *figures, row["percentages"]["resolved_basis"]["text"]]
