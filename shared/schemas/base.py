"""Bases of every wire schema, and the types that more than one of them uses."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints


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


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_no_control_characters)
]
ShortText = Annotated[Text, StringConstraints(max_length=200)]
LongText = Annotated[Text, StringConstraints(max_length=2000)]
Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
AgencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]+(\.[A-Z0-9]+){0,5}$", max_length=35)]
ProcedureCode = Annotated[str, StringConstraints(pattern=r"^[1-9]\.[0-9]{6}$")]
DossierCode = Annotated[
    str, StringConstraints(pattern=r"^[A-Z0-9]+(\.[A-Z0-9]+){0,5}-[0-9]{6}-[0-9]{4,9}$", max_length=60)
]
ReasonCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{2,63}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
