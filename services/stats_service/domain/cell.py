"""The finest cell of a report. Every figure is a sum of cells."""

from enum import StrEnum
from typing import NamedTuple

from shared.events.dossier import DossierFacts


class Dimension(StrEnum):
    """What a figure can be narrowed to or split by."""

    AGENCY = "agency"
    DESK = "desk"
    FIELD = "field"
    PROCEDURE = "procedure"
    CHANNEL = "channel"


class Cell(NamedTuple):
    """Competent agency at that time, receiving desk, field, procedure, channel."""

    agency: str
    desk: str
    field: str
    procedure: str
    channel: str

    @classmethod
    def of(cls, facts: DossierFacts) -> "Cell":
        """Where a dossier with these facts is counted."""
        return cls(facts.agency, facts.desk, facts.field, facts.procedure, facts.channel.value)
