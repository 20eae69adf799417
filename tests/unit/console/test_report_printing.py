"""The printed report says what the document says, and no cell of it is a formula."""

import csv
import io
from typing import Any

import pytest
from rich.console import Console

from services.console.report_printing import DIMENSIONS, WORDS, harmless, print_table, write_csv
from services.stats_service.domain.figures import FIGURES
from services.stats_service.domain.percentages import percentages_of


def figures(number: int) -> dict[str, Any]:
    values = dict.fromkeys(FIGURES, number)
    shares = {
        name: {
            "text": share.text,
            "numerator": share.numerator,
            "denominator": share.denominator,
            "numerator_is": share.share.numerator,
            "denominator_is": share.share.denominator,
        }
        for name, share in percentages_of(values).items()
    }
    return {**values, "percentages": shares}


def document(**changes: Any) -> dict[str, Any]:
    nowhere = dict.fromkeys(("agency", "desk", "field", "procedure", "channel"))
    return {
        "from": "2023-05-15",
        "to": "2023-06-14",
        **nowhere,
        "by": "field",
        "as_of": None,
        **figures(21_969),
        "rows": [
            {**nowhere, "field": "=1+1", "name": "=1+1", **figures(3)},
            {**nowhere, "field": "Dược", "name": "Dược", **figures(5)},
        ],
        "publishable": True,
        "problems": [],
        "provisional": [],
        **changes,
    }


def printed(document: dict[str, Any], width: int = 220) -> str:
    out = io.StringIO()
    print_table(document, Console(file=out, width=width))
    return out.getvalue()


def by_agency() -> dict[str, Any]:
    names = {"H41.SNNPTNT": "Sở Nông nghiệp và Phát triển nông thôn", "H41.SYT": "Sở Y tế"}
    rows = [
        {**dict.fromkeys(DIMENSIONS), "agency": code, "name": name, **figures(1_234_567)}
        for code, name in names.items()
    ]
    return document(by="agency", rows=rows)


def test_a_figure_has_one_name_everywhere() -> None:
    assert {figure: FIGURES[figure].vi for figure in WORDS} == WORDS


def test_rows_show_code_and_name_and_fields_only_their_name() -> None:
    text = printed(by_agency())
    assert "│ H41.SYT     │ Sở Y tế " in text
    assert "Dược" in printed(document())
    assert " name " not in printed(document())


@pytest.mark.parametrize("width", [76, 80, 100, 10_000])
def test_no_figure_and_no_code_is_cut_or_wrapped(width: int) -> None:
    lines = printed(by_agency(), width).splitlines()
    assert max(map(len, lines)) <= width
    whole = next(line for line in lines if "H41.SNNPTNT" in line)
    assert whole.count("1,234,567") == (4 if width < 170 else 11)
    assert "…" not in "".join(lines)


def test_a_moment_is_shown_as_it_was_in_vietnam() -> None:
    first = printed(document(as_of="2023-06-14T18:00:00Z", agency="H41.SYT")).splitlines()[0]
    assert first == "2023-05-15 to 2023-06-14, agency H41.SYT, as of 2023-06-15 01:00:00 in Vietnam"


def test_the_table_shows_the_figures_the_rows_and_the_total() -> None:
    text = printed(document())
    assert "21,969" in text
    assert "carried_over" in text
    assert "Dược" in text
    assert "(early + on_time) / (early + on_time + late) = 43,938 / 65,907" in text
    assert "Every identity holds." in text


def test_the_table_says_what_breaks_and_what_may_change() -> None:
    problem = {"row": "total row", "identity": "resolved = early", "left": 1, "right": 2}
    text = printed(document(problems=[problem], provisional=["the period has not ended"]))
    assert "DOES NOT ADD UP: total row: resolved = early: 1 is not 2" in text
    assert "Every identity holds." not in text
    assert "Provisional: the period has not ended." in text


def test_csv_has_every_figure_and_no_formula() -> None:
    out = io.StringIO()
    write_csv(document(), out)
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert [row["name"] for row in rows] == ["'=1+1", "Dược", "Tổng cộng"]
    assert [row["field"] for row in rows] == ["'=1+1", "Dược", ""]
    assert set(FIGURES) <= set(rows[0])
    assert rows[2]["total"] == "21969"
    assert rows[1]["resolved_basis"] == "66.67"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1"])
def test_what_a_spreadsheet_would_compute_is_made_text(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert harmless(f"a{text}") == f"a{text}"
