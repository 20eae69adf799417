"""Bases of every wire schema, and the types that more than one of them uses."""

import re
import unicodedata
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
)


class Schema(BaseModel):
    """A frozen value. Fields it does not know are ignored, so that producers may evolve."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class RequestModel(BaseModel):
    """What a client sends: fields it does not know are refused, so that typing errors surface."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class AnswerModel(BaseModel):
    """What a client gets: described by its docstrings, named by its aliases."""

    model_config = ConfigDict(use_attribute_docstrings=True, validate_by_name=True)


# Letters by their category, which show nothing all the same.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def shows(text: str) -> bool:
    """Whether anything can be seen of it: a letter, a digit, a sign."""
    return any(unicodedata.category(c)[0] not in "CMZ" and c not in _BLANK for c in text)


def _readable(text: str, *, breaks: str = "\n\r\t") -> str:
    """Composed (NFC), so that what looks the same is the same, and without what nobody sees."""
    composed = unicodedata.normalize("NFC", text)
    if not composed.isprintable():
        for c in composed:
            if unicodedata.category(c) in _HIDDEN and c not in breaks:
                message = f"it holds an invisible character, U+{ord(c):04X}"
                raise ValueError(message)
    if not shows(composed):
        raise ValueError("nothing can be seen of it")
    return composed


def _on_one_line(text: str) -> str:
    return _readable(text, breaks="")


def _as_written(pattern: str, form: str) -> BeforeValidator:
    """Only as ISO 8601 writes it: a bare number would be taken for seconds since 1970."""
    fits = re.compile(pattern).fullmatch

    def check(given: Any) -> Any:
        wrong = not fits(given) if isinstance(given, str) else isinstance(given, (int, float))
        if wrong:
            message = f"write it like {form}"
            raise ValueError(message)
        return given

    return BeforeValidator(check)


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("in UTC it lies outside the years 1 to 9999") from error


LongText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), AfterValidator(_readable)
]
ShortText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_on_one_line)
]
"""On one line."""
Flag = Annotated[bool, Strict()]
Whole = Annotated[int, Strict()]
"""In JSON. Neither `true` nor `"1"` nor 1.0 is one."""
WrittenFlag = Annotated[bool, _as_written("true|false", "true or false")]
WrittenWhole = Annotated[int, _as_written("0|[1-9][0-9]{0,18}", "12")]
"""In an address or a header: digits, nothing else."""
Day = Annotated[date, _as_written(r"\d{4}-\d{2}-\d{2}", "2023-05-15"), Field(examples=["2023-05-15"])]
Moment = Annotated[
    AwareDatetime,
    _as_written(r"\d{4}-\d{2}-\d{2}T\S+", "2023-05-15T08:00:00+07:00"),
    AfterValidator(_utc),
    Field(examples=["2023-05-15T08:00:00+07:00"]),
]
AgencyCode = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z0-9]+(\.[A-Z0-9]+){0,5}$", max_length=35),
    Field(examples=["H41.SCT"]),
]
ProcedureCode = Annotated[str, StringConstraints(pattern=r"^[1-9]\.[0-9]{6}$"), Field(examples=["2.000004"])]
DossierCode = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z0-9]+(\.[A-Z0-9]+){0,5}-[0-9]{6}-[0-9]{4,9}$", max_length=60),
    Field(examples=["H41.SCT-230515-0001"]),
]
ReasonCode = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z_]{2,63}$"), Field(examples=["papers_missing"])
]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
