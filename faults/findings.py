"""What an invariant finds wrong."""

from dataclasses import dataclass
from enum import StrEnum


class Harm(StrEnum):
    """What it means for those who rely on the system."""

    LOST = "lost"
    """Something acknowledged is not there, or has not taken effect."""
    DOUBLED = "doubled"
    """Something is there, or counted, that nobody was promised, or more often."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation."""

    invariant: str
    harm: Harm
    what: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.harm}: {self.what}"
