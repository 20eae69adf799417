"""The working calendar: what it says of a year, and an administrator's edits of it.

Every edit publishes the next version in full; open dossiers are recomputed where that version arrives.
"""

from collections.abc import Callable
from datetime import date

from services.intake_service.application.reference import (
    PROVINCE_KEY,
    Publication,
    ReferenceData,
    ReferencePublisher,
    differs,
    require_version,
)
from shared.errors import NotFoundError, RuleViolationError, StateConflictError
from shared.events.reference import ReferenceKind
from shared.legal_clock.calendar import (
    CalendarDay,
    CalendarDefinition,
    CalendarYear,
    CalendarYearMissingError,
    YearState,
)
from shared.principal import Principal


class CalendarEdits:
    """`expected` is the version of the calendar that the caller has seen."""

    def __init__(self, data: ReferenceData, publisher: ReferencePublisher) -> None:
        self._data = data
        self._publisher = publisher

    async def current(self) -> CalendarDefinition:
        """The newest version, whoever published it."""
        await self._data.refresh()
        return self._data.calendar_definition

    async def set_day(self, day: CalendarDay, expected: int, by: Principal) -> CalendarDefinition:
        """Put a special day in, or replace it."""

        def with_day(calendar: CalendarDefinition) -> CalendarDefinition:
            year_of(calendar, day.date.year)
            try:
                return calendar.with_days(day)
            except RuleViolationError as error:
                # The year was right before: what is wrong is what this day is said to be.
                raise RuleViolationError(error.detail, field="/kind", rule=error.code) from error

        return await self._edit(with_day, expected, by)

    async def remove_day(self, day: date, expected: int, by: Principal) -> CalendarDefinition:
        """Make a special day like others of its weekday."""

        def without(calendar: CalendarDefinition) -> CalendarDefinition:
            if all(special.date != day for special in year_of(calendar, day.year).days):
                raise NotFoundError(f"{day} is no special day")
            return calendar.without_days(day)

        return await self._edit(without, expected, by)

    async def set_year(self, year: CalendarYear, expected: int, by: Principal) -> CalendarDefinition:
        """Add a year or replace it whole, as for a swap of two days."""
        return await self._edit(lambda calendar: calendar.with_year(year), expected, by)

    async def decide(self, year: int, expected: int, by: Principal) -> CalendarDefinition:
        """Make a provisional year decided as it stands."""

        def decided(calendar: CalendarDefinition) -> CalendarDefinition:
            if year_of(calendar, year).state is YearState.DECIDED:
                raise StateConflictError(f"{year} is decided already")
            return calendar.with_decided(year)

        return await self._edit(decided, expected, by)

    async def _edit(
        self, change: Callable[[CalendarDefinition], CalendarDefinition], expected: int, by: Principal
    ) -> CalendarDefinition:
        before = await self.current()
        require_version(expected, before.version, "the calendar")
        after = change(before)
        if not differs(before, after):
            return before
        await self._publisher.publish(Publication(ReferenceKind.CALENDAR, PROVINCE_KEY, after), by)
        return after


def year_of(calendar: CalendarDefinition, year: int) -> CalendarYear:
    """Raises `NotFoundError` for a year without data."""
    try:
        return calendar.year(year)
    except CalendarYearMissingError as error:
        raise NotFoundError(error.detail) from error
