"""How long a procedure may take."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field

from shared.schemas.base import Schema, Whole


class DurationUnit(StrEnum):
    """What is counted."""

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    MONTH = "month"
    WORKING_HOUR = "working_hour"


# The bound keeps every count inside the range of dates; the longest procedures take some years.
_Amount = Annotated[Whole, Field(ge=1, le=3660)]


class Duration(Schema):
    """So many units, at least one. A procedure without a processing time has no duration (`None`)."""

    amount: _Amount
    unit: DurationUnit

    @classmethod
    def working_days(cls, amount: int) -> Self:
        return cls(amount=amount, unit=DurationUnit.WORKING_DAY)

    @classmethod
    def calendar_days(cls, amount: int) -> Self:
        return cls(amount=amount, unit=DurationUnit.CALENDAR_DAY)

    @classmethod
    def months(cls, amount: int) -> Self:
        return cls(amount=amount, unit=DurationUnit.MONTH)

    @classmethod
    def working_hours(cls, amount: int) -> Self:
        return cls(amount=amount, unit=DurationUnit.WORKING_HOUR)
