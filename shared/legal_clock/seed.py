"""The calendar that a new installation starts with: what was announced for 2022-2026, and guesses after."""

import csv
from itertools import groupby
from pathlib import Path

from shared.legal_clock.calendar import CalendarDay, CalendarDefinition, CalendarYear, YearState
from shared.legal_clock.provisional import provisional_year

_ANNOUNCED = Path(__file__).parent / "data" / "calendar_vn.csv"
LAST_YEAR = 2030


def seed_calendar(last_year: int = LAST_YEAR) -> CalendarDefinition:
    """Version 1: the announced years decided, those after them up to `last_year` provisional."""
    with _ANNOUNCED.open(encoding="utf-8", newline="") as rows:
        days = [CalendarDay.model_validate(row) for row in csv.DictReader(rows)]
    decided = [
        CalendarYear(year=year, state=YearState.DECIDED, days=tuple(of_year))
        for year, of_year in groupby(days, key=lambda day: day.date.year)
    ]
    expected = [provisional_year(year) for year in range(decided[-1].year + 1, last_year + 1)]
    return CalendarDefinition(version=1, years=(*decided, *expected))
