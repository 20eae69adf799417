"""Dates and moments are read only as ISO 8601 writes them."""

from datetime import UTC, date, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.schemas.base import Day, Moment

DAY, MOMENT = TypeAdapter[date](Day), TypeAdapter[datetime](Moment)


@pytest.mark.parametrize("given", [1, 86400.0, True, "0.0", "20230515", "2023-05-15T00:00:00", "2023-02-30"])
def test_nothing_else_is_a_day(given: object) -> None:
    with pytest.raises(ValidationError):
        DAY.validate_python(given)


@pytest.mark.parametrize("given", [1684116000, "1684116001", "2023-05-15", "2023-05-15T08:00:00"])
def test_nothing_else_is_a_moment(given: object) -> None:
    with pytest.raises(ValidationError):
        MOMENT.validate_python(given)


@pytest.mark.parametrize("given", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_nothing_outside_the_years_is_a_moment(given: str) -> None:
    with pytest.raises(ValidationError):
        MOMENT.validate_python(given)


def test_what_is_written_or_is_one_already() -> None:
    assert DAY.validate_python("2023-05-15") == DAY.validate_python(date(2023, 5, 15)) == date(2023, 5, 15)
    eight = datetime(2023, 5, 15, 1, tzinfo=UTC)
    assert MOMENT.validate_json('"2023-05-15T08:00:00+07:00"') == MOMENT.validate_python(eight) == eight
