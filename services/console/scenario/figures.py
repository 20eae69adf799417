"""Figures as they stand in print."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from shared.schemas.base import LongText, RequestModel


class Figure(RequestModel):
    """A number of dossiers or uses: written as a plain number, or as a value beside what is in print."""

    value: int = Field(ge=0)
    """What has to come out."""
    printed: int = Field(ge=0)
    """What the publication says."""
    misprint: LongText | None = None
    """Why the two differ; due exactly when they do."""

    @model_validator(mode="before")
    @classmethod
    def _plain_number(cls, raw: Any) -> Any:
        return {"value": raw, "printed": raw} if isinstance(raw, int) else raw

    @model_validator(mode="after")
    def _difference_is_explained(self) -> "Figure":
        if (self.value != self.printed) != (self.misprint is not None):
            raise ValueError("`misprint` says why `value` differs from `printed`, and only then")
        return self


def _keep_precision(raw: Any) -> Any:
    if isinstance(raw, float):
        # A ValueError, for pydantic to report it beside the others.
        raise ValueError(  # noqa: TRY004
            f'write "{raw}" in quotes, so that the decimals of the print are kept'
        )
    return raw


class Percentage(RequestModel):
    """A percentage at the precision of the print: "3.4" is another statement than "3.43"."""

    printed: Annotated[Decimal, BeforeValidator(_keep_precision), Field(ge=0, le=100)]
    misprint: LongText | None = None
    """Why the print's own numbers give another percentage; due exactly when they do."""

    @model_validator(mode="before")
    @classmethod
    def _plain_number(cls, raw: Any) -> Any:
        return raw if isinstance(raw, dict) else {"printed": raw}

    @property
    def decimals(self) -> int:
        """How many decimals are in print."""
        exponent = self.printed.as_tuple().exponent
        return -exponent if isinstance(exponent, int) else 0

    def agrees_with(self, numerator: int, denominator: int) -> bool:
        """Whether the fraction, rounded half up to the precision of the print, is the printed percentage."""
        return percent(numerator, denominator, self.decimals) == self.printed


def percent(numerator: int, denominator: int, decimals: int = 2) -> Decimal | None:
    """`numerator` in percent of `denominator`, rounded half up; none when there is nothing to divide by."""
    if not denominator:
        return None
    scaled = (2 * 100 * 10**decimals * numerator + denominator) // (2 * denominator)
    return Decimal(scaled).scaleb(-decimals)


def grouped(number: int) -> str:
    """A number as it is read: 21,969."""
    return f"{number:,}"
