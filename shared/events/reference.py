"""Reference data as full-state, versioned events on the stream `reference`. Every version is kept."""

from enum import StrEnum

from shared.legal_clock.calendar import CalendarDefinition
from shared.schemas.reference import AgencyTree, Procedure


class ReferenceKind(StrEnum):
    """What kind of reference data a message carries; with its key it names a series of versions."""

    PROCEDURE = "procedure"
    CALENDAR = "calendar"
    AGENCIES = "agencies"


ReferenceItem = Procedure | CalendarDefinition | AgencyTree

REFERENCE_MODELS: dict[ReferenceKind, type[ReferenceItem]] = {
    ReferenceKind.PROCEDURE: Procedure,
    ReferenceKind.CALENDAR: CalendarDefinition,
    ReferenceKind.AGENCIES: AgencyTree,
}
