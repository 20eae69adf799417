"""Bases of every wire schema, and the types that more than one of them uses."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
)


class Schema(BaseModel):
    """A frozen value. Fields it does not know are ignored, so that producers may evolve."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class RequestModel(BaseModel):
    """What a client sends: fields it does not know are refused, so that typing errors surface."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def _no_control_characters(text: str) -> str:
    if any((ord(c) < 32 and c not in "\n\r\t") or ord(c) == 127 for c in text):
        raise ValueError("control characters are not allowed")
    # A lone surrogate passes JSON but is no text: neither UTF-8 nor the database can hold it.
    text.encode("utf-8")
    return text


def _as_written(pattern: str, form: str) -> BeforeValidator:
    """Only as ISO 8601 writes it: a bare number would be taken for seconds since 1970."""

    def check(given: Any) -> Any:
        written = not isinstance(given, str) or re.fullmatch(pattern, given)
        if isinstance(given, int | float) or not written:
            message = f"write it like {form}"
            raise ValueError(message)
        return given

    return BeforeValidator(check)


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("in UTC it lies outside the years 1 to 9999") from error


Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_no_control_characters)
]
ShortText = Annotated[Text, StringConstraints(max_length=200)]
LongText = Annotated[Text, StringConstraints(max_length=2000)]
Day = Annotated[date, _as_written(r"\d{4}-\d{2}-\d{2}", "2023-05-15")]
Moment = Annotated[
    AwareDatetime,
    _as_written(r"\d{4}-\d{2}-\d{2}T\S+", "2023-05-15T08:00:00+07:00"),
    AfterValidator(_utc),
]
AgencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]+(\.[A-Z0-9]+){0,5}$", max_length=35)]
ProcedureCode = Annotated[str, StringConstraints(pattern=r"^[1-9]\.[0-9]{6}$")]
DossierCode = Annotated[
    str, StringConstraints(pattern=r"^[A-Z0-9]+(\.[A-Z0-9]+){0,5}-[0-9]{6}-[0-9]{4,9}$", max_length=60)
]
ReasonCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{2,63}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
