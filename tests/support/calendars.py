"""The Vietnamese calendar and a short way to write Vietnamese wall-clock times."""

from datetime import UTC, datetime

from shared.clock import VIETNAM
from shared.legal_clock.calendar import WorkingCalendar
from shared.legal_clock.seed import seed_calendar

DEFINITION = seed_calendar()
CALENDAR = WorkingCalendar(DEFINITION)


def at(local: str) -> datetime:
    """In UTC: `2024-04-26` is ten in the morning of that day, `2024-04-26 23:59` says the time."""
    wall = datetime.fromisoformat(local if " " in local else f"{local} 10:00")
    return wall.replace(tzinfo=VIETNAM).astimezone(UTC)
