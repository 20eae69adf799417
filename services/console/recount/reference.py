"""What an administrator has published, as the recount needs it: calendars and agencies, read from intake."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import asyncpg

from shared.legal_clock.calendar import CalendarDefinition, WorkingCalendar
from shared.schemas.reference import AgencyTree


@dataclass(frozen=True, slots=True)
class Reference:
    """Every version of the working calendar, and the newest agency tree."""

    calendars: Mapping[int, WorkingCalendar]
    tree: AgencyTree


async def published(intake_dsn: str) -> Reference:
    """As intake has it now. Raises `LookupError` where nothing was ever published."""
    connection = await asyncpg.connect(intake_dsn)
    try:
        calendars = await connection.fetch("SELECT data::text FROM reference_version WHERE kind = 'calendar'")
        tree = await connection.fetchval(
            "SELECT data::text FROM reference_version WHERE kind = 'agencies' ORDER BY version DESC LIMIT 1"
        )
    finally:
        await connection.close()
    if tree is None:
        raise LookupError("no agency tree was ever published")
    found = [WorkingCalendar(CalendarDefinition.model_validate_json(row[0])) for row in calendars]
    return Reference({calendar.version: calendar for calendar in found}, AgencyTree.model_validate_json(tree))


def row_of(agency: str, tree: AgencyTree, day: date) -> str:
    """The agency in whose row of a whole province's report `agency` is counted: the one below the top."""
    parent = _parent(agency, tree, day)
    while parent is not None and (above := _parent(parent, tree, day)) is not None:
        agency, parent = parent, above
    return agency


def _parent(agency: str, tree: AgencyTree, day: date) -> str | None:
    """In force on `day`, or when it last was."""
    nodes = sorted((node for node in tree.agencies if node.code == agency), key=lambda node: node.valid_from)
    begun = [node for node in nodes if node.valid_from <= day] or nodes[:1]
    return begun[-1].parent if begun else None
