"""Every row of a catalogue file is taken over or refused with a reason, whatever bytes are in it."""

import csv
import io
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake_service.domain.catalogue_file import LARGEST_FILE, MOST_ROWS, read_catalogue_file
from shared.errors import RuleViolationError

_SAMPLE = Path(__file__).parents[2] / "support" / "data" / "catalogue_sample.csv"
_COLUMNS = ["code", "name_vi", "fields", "agencies", "promulgated_by", "state", "type"]
_HEADER = ",".join(_COLUMNS) + "\n"


def _row(**cells: str) -> bytes:
    right = {"code": "1.000001", "name_vi": "Tên", "fields": "Đất đai", "state": "ACTIVE", "type": "STANDARD"}
    text = io.StringIO()
    csv.writer(text).writerow([{**right, **cells}.get(column, "") for column in _COLUMNS])
    return text.getvalue().encode(errors="surrogatepass")


def _rule(*rows: bytes) -> str:
    with pytest.raises(RuleViolationError) as refused:
        read_catalogue_file(b"".join([_HEADER.encode(), *rows]))
    return refused.value.code


@pytest.mark.parametrize(
    ("code", "taken"),
    [
        ("1.001193", "1.001193"),
        (" 1.001193 ", "1.001193"),
        ("\u00a01.001193\u200b", "1.001193"),
        ("1.001193.000.00.00.H41", "1.001193"),
        ("1.001193.000.00.000.H41", "1.001193"),
        ("1.00119", None),
        ("1.0011933", None),
        ("1.001193333", None),
        ("1.001193-Xoa", None),
        ("1.001193.H41", None),
        ("0.001193", None),
        ("１.001193", None),
        ("", None),
    ],
)
def test_codes_are_normalised_or_refused(code: str, taken: str | None) -> None:
    file = read_catalogue_file(_HEADER.encode() + _row(code=code))
    assert [row.code for row in file.rows] == ([taken] if taken else [])
    assert bool(file.findings) == (taken != code)


@pytest.mark.parametrize(
    ("cells", "column", "rule"),
    [
        ({"name_vi": ""}, "name_vi", "missing"),
        ({"name_vi": " \u00a0 "}, "name_vi", "missing"),
        ({"name_vi": "\u3164\u0301"}, "name_vi", "missing"),
        ({"fields": ";"}, "fields", "missing"),
        ({"fields": "\u2800"}, "fields", "missing"),
        ({"name_vi": "=1+1"}, "name_vi", "formula"),
        ({"agencies": " @SUM(A1)"}, "agencies", "formula"),
        ({"promulgated_by": "-2"}, "promulgated_by", "formula"),
        ({"name_vi": "a\x00b"}, "name_vi", "control-character"),
        ({"name_vi": "a\x85b"}, "name_vi", "control-character"),
        ({"name_vi": "x" * 2001}, "name_vi", "too-long"),
        ({"fields": "x" * 201}, "fields", "too-long"),
        ({"state": "active"}, "state", "unknown-state"),
    ],
)
def test_wrong_cells_keep_their_row_out(cells: dict[str, str], column: str, rule: str) -> None:
    file = read_catalogue_file(_HEADER.encode() + _row(code="1.000009") + _row(**cells))
    assert [row.code for row in file.rows] == ["1.000009"]
    assert [(f.line, f.column, f.rule) for f in file.findings if f.outcome == "refused"] == [
        (3, column, rule)
    ]


def test_a_wrong_encoding_spoils_its_row_only() -> None:
    latin = _row(code="1.000002", name_vi="NAME").replace(b"NAME", "Tên".encode("cp1258"))
    file = read_catalogue_file(_HEADER.encode() + latin + _row())
    assert [(f.line, f.rule) for f in file.findings] == [(2, "encoding")]
    assert [row.code for row in file.rows] == ["1.000001"]


def test_text_is_composed_and_spaced_and_nothing_is_said_twice() -> None:
    decomposed = unicodedata.normalize("NFD", "Thủ  tục\nmới ")
    file = read_catalogue_file(
        "\ufeff".encode() + _HEADER.encode() + _row(name_vi=decomposed, fields="A; B;A", agencies="X;;X; Y")
    )
    (row,) = file.rows
    assert (row.name_vi, row.field, row.agencies) == ("Thủ tục mới", "A; B", ("X", "Y"))
    assert {finding.rule for finding in file.findings} == {"unicode-form", "spacing", "repeated"}


def test_of_duplicates_the_one_whose_code_is_right_counts() -> None:
    file = read_catalogue_file(
        _HEADER.encode() + _row(code=" 1.000001", name_vi="A") + _row(name_vi="B") + _row(name_vi="C")
    )
    assert [(row.line, row.name_vi) for row in file.rows] == [(3, "B")]
    assert [f.line for f in file.findings if f.rule == "duplicate"] == [2, 4]


def test_lines_are_counted_as_an_editor_shows_them() -> None:
    file = read_catalogue_file(_HEADER.encode() + _row(name_vi="one\ntwo") + b"\n" + _row(code="x"))
    assert [f.line for f in file.findings if f.rule == "code-form"] == [5]


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ((b"x" * LARGEST_FILE,), "file-too-large"),
        ((b"a,b\n" * (MOST_ROWS + 1),), "too-many-rows"),
        ((b'"' + b"y" * 200_000,), "csv"),
    ],
)
def test_bounds(rows: tuple[bytes, ...], rule: str) -> None:
    assert _rule(*rows) == rule


@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_are_read_or_refused(noise: bytes, after_header: bool) -> None:
    try:
        file = read_catalogue_file((_HEADER.encode() if after_header else b"") + noise)
    except RuleViolationError:
        return
    refused = {finding.line for finding in file.findings if finding.outcome == "refused"}
    assert len(file.rows) + len(refused) == file.rows_read


@given(st.lists(st.dictionaries(st.sampled_from(_COLUMNS), st.text(max_size=30)), max_size=8))
def test_every_row_is_taken_over_or_refused(rows: list[dict[str, str]]) -> None:
    file = read_catalogue_file(_HEADER.encode() + b"".join(_row(**cells) for cells in rows))
    refused = {finding.line for finding in file.findings if finding.outcome == "refused"}
    assert file.rows_read == len(rows) == len(file.rows) + len(refused)
    assert len({row.code for row in file.rows}) == len(file.rows)
    for finding in file.findings:
        finding.detail.encode()


def test_the_sample_has_the_dirt_of_the_real_file() -> None:
    file = read_catalogue_file(_SAMPLE.read_bytes())
    assert {finding.rule for finding in file.findings if finding.outcome == "refused"} >= {
        "duplicate", "code-form", "code-deleted", "missing", "formula", "encoding", "column-count"
    }  # fmt: skip
