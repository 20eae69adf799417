"""Reading a catalogue file: CSV in UTF-8 with the columns of the national catalogue.

What is wrong with a row keeps that row out; what can be mended without guessing is mended. Both are said,
with line and column. A file that cannot be read as a whole is refused as a whole.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from shared.errors import RuleViolationError
from shared.schemas.base import shows

LARGEST_FILE = 10 * 1024 * 1024
MOST_ROWS = 20_000
_COLUMNS = frozenset({"code", "name_vi", "fields", "agencies", "promulgated_by", "state", "type"})
_STATES = frozenset({"ACTIVE", "UPDATED"})
_LONGEST = {"code": 40, "name_vi": 2000, "fields": 200, "agencies": 4000, "promulgated_by": 500}

_CODE = re.compile(r"[1-9]\.\d{6}")
# Systems of the provinces append the unit's code: 1.001193.000.00.00.H41
_SUFFIXED_CODE = re.compile(r"([1-9]\.\d{6})(\.[0-9]{2,3}){3}\.H[0-9]{2}")
_DELETED = re.compile(r"-xo[aá]$", re.IGNORECASE)
_FORMULA_STARTS = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in one row. A refused row is not imported; a mended one is."""

    line: int
    column: str
    rule: str
    outcome: Literal["refused", "mended"]
    detail: str


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """A row as it is taken over."""

    line: int
    code: str
    name_vi: str
    field: str
    agencies: tuple[str, ...]


@dataclass(slots=True)
class CatalogueFile:
    """The rows that are right, and what was wrong with the others."""

    rows_read: int = 0
    rows: list[CatalogueRow] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_catalogue_file(raw: bytes) -> CatalogueFile:
    """Raises `RuleViolationError` for what is no such file."""
    if len(raw) > LARGEST_FILE:
        raise _refused("file-too-large", f"the file has {len(raw)} bytes; {LARGEST_FILE} are allowed")
    file = CatalogueFile()
    candidates: list[tuple[bool, CatalogueRow]] = []
    for line, cells in _records(raw):
        file.rows_read += 1
        if file.rows_read > MOST_ROWS:
            raise _refused("too-many-rows", f"more than {MOST_ROWS} rows")
        findings = list(_problems(line, cells))
        if not findings:
            row, mended = _mended(line, cells)
            findings = [*mended, *_rule_breaks(row, cells)]
            if all(finding.outcome == "mended" for finding in findings):
                candidates.append((row.code != cells["code"], row))
        file.findings += findings
    file.rows, duplicates = _first_of_each(candidates)
    file.findings = sorted([*file.findings, *duplicates], key=lambda finding: finding.line)
    return file


def _records(raw: bytes) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Line number and cells. A row of another length has the key `` with what is wrong."""
    # A byte that is no UTF-8 becomes a surrogate, so that it spoils its row and not the file.
    text = raw.decode("utf-8-sig", errors="surrogateescape")
    reader = csv.reader(io.StringIO(text, newline=""))
    line = 1
    try:
        header = next(reader, [])
        _check_header(header)
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) == len(header):
                yield line, dict(zip(header, cells, strict=True))
            elif cells:
                yield line, {"": f"{len(cells)} cells instead of {len(header)}"}
            line = reader.line_num + 1
    except csv.Error as error:
        raise _refused("csv", f"line {line}: {error}") from error


def _check_header(header: list[str]) -> None:
    if "\x00" in "".join(header):
        raise _refused("encoding", "the file must be in UTF-8")
    if unknown := sorted(set(header) - _COLUMNS):
        raise _refused("unknown-column", f"unknown columns: {', '.join(map(_shown, unknown[:5]))}")
    if missing := sorted(_COLUMNS - set(header)):
        raise _refused("missing-column", f"missing columns: {', '.join(missing)}")
    if len(header) != len(_COLUMNS):
        raise _refused("column-twice", "a column is there twice")


def _problems(line: int, cells: Mapping[str, str]) -> Iterator[Finding]:
    """What makes cells unreadable."""
    if "" in cells:
        yield Finding(line, "", "column-count", "refused", cells[""])
        return
    for column, cell in cells.items():
        rule = None
        if any("\ud800" <= letter <= "\udfff" for letter in cell):
            rule = "encoding"
        elif any(unicodedata.category(letter) == "Cc" and letter not in "\r\n\t" for letter in cell):
            rule = "control-character"
        elif cell.lstrip().startswith(_FORMULA_STARTS):
            rule = "formula"
        elif len(cell) > _LONGEST.get(column, 40):
            rule = "too-long"
        if rule:
            yield Finding(line, column, rule, "refused", _shown(cell))


def _mended(line: int, cells: Mapping[str, str]) -> tuple[CatalogueRow, list[Finding]]:
    findings: list[Finding] = []

    def mend(column: str, rule: str, before: str, after: str) -> str:
        if after != before:
            findings.append(Finding(line, column, rule, "mended", f"{_shown(before)} -> {_shown(after)}"))
        return after

    def text_of(column: str) -> str:
        composed = mend(column, "unicode-form", cells[column], unicodedata.normalize("NFC", cells[column]))
        visible = "".join(letter for letter in composed if unicodedata.category(letter) != "Cf")
        return mend(column, "spacing", composed, " ".join(visible.split()))

    code = text_of("code")
    if suffixed := _SUFFIXED_CODE.fullmatch(code):
        code = mend("code", "code-suffix", code, suffixed[1])
    fields = text_of("fields")
    row = CatalogueRow(
        line=line,
        code=code,
        name_vi=text_of("name_vi"),
        field=mend("fields", "repeated", fields, "; ".join(_each_once(fields))),
        agencies=tuple(_each_once(text_of("agencies"))),
    )
    return row, findings


def _rule_breaks(row: CatalogueRow, cells: Mapping[str, str]) -> Iterator[Finding]:
    def refused(column: str, rule: str) -> Finding:
        return Finding(row.line, column, rule, "refused", _shown(cells[column]))

    if not row.code:
        yield refused("code", "missing")
    elif _DELETED.search(row.code):
        yield refused("code", "code-deleted")
    elif not _CODE.fullmatch(row.code):
        yield refused("code", "code-form")
    if not shows(row.name_vi):
        yield refused("name_vi", "missing")
    if not shows(row.field):
        yield refused("fields", "missing")
    if cells["state"].strip() not in _STATES:
        yield refused("state", "unknown-state")


def _first_of_each(candidates: list[tuple[bool, CatalogueRow]]) -> tuple[list[CatalogueRow], list[Finding]]:
    """Of rows with the same code the first counts, and one whose code had to be mended counts last."""
    chosen: dict[str, CatalogueRow] = {}
    duplicates = []
    for _, row in sorted(candidates, key=lambda candidate: (candidate[0], candidate[1].line)):
        if (first := chosen.setdefault(row.code, row)) is not row:
            detail = f"{row.code} is on line {first.line} already"
            duplicates.append(Finding(row.line, "code", "duplicate", "refused", detail))
    return list(chosen.values()), duplicates


def _each_once(text: str) -> list[str]:
    return list(dict.fromkeys(part for part in map(str.strip, text.split(";")) if part))


def _shown(cell: str) -> str:
    """Short, on one line, and text whatever was in the cell."""
    safe = cell if len(cell) <= 60 else f"{cell[:60]}…"
    return ascii(safe) if not safe.isprintable() else f"'{safe}'"


def _refused(rule: str, detail: str) -> RuleViolationError:
    return RuleViolationError(detail, field="", rule=rule)
