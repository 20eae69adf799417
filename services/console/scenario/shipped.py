"""The agencies, procedures and calendar that a new installation starts with."""

from dataclasses import dataclass

from services.intake_service.seed.loader import seed_procedures, seed_tree
from shared.legal_clock.calendar import CalendarDefinition
from shared.legal_clock.seed import seed_calendar
from shared.schemas.reference import AgencyTree, Procedure


@dataclass(frozen=True, slots=True)
class ShippedReference:
    """What a scenario is held against before there is a system to ask."""

    tree: AgencyTree
    procedures: tuple[Procedure, ...]
    calendar: CalendarDefinition


def shipped_reference() -> ShippedReference:
    """Read from the files that ship."""
    return ShippedReference(seed_tree(), tuple(seed_procedures()), seed_calendar())
