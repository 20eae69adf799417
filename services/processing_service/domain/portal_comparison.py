"""What the national portal shows of a dossier, held against what it is to show."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from services.processing_service.domain.portal_document import dates_of
from services.processing_service.domain.portal_record import PortalRecord
from services.processing_service.domain.portal_words import status_of_record
from shared.schemas.base import Schema


class DifferenceKind(StrEnum):
    """How the two differ."""

    NEVER_SENT = "never_sent"
    """The portal does not have the dossier."""
    MISSING = "missing"
    """It cannot be sent, for values that it lacks."""
    REFUSED = "refused"
    """The portal refuses it as it is."""
    OTHER_STATUS = "other_status"
    OTHER_DATE = "other_date"
    OTHER_PROGRESS = "other_progress"
    """The portal shows more or fewer steps."""
    UNKNOWN_TO_US = "unknown_to_us"
    """The portal has a dossier of ours that we do not have."""


class Difference(Schema):
    """One difference in one dossier."""

    code: str
    kind: DifferenceKind
    ours: str
    theirs: str


def differences(record: PortalRecord, steps: int, shown: Mapping[str, Any]) -> Iterator[Difference]:
    """Where `shown` is not what the portal confirmed: `record`, with so many `steps`."""
    status, theirs = status_of_record(record), str(shown.get("TrangThaiHoSo"))
    if status != theirs:
        yield Difference(code=record.code, kind=DifferenceKind.OTHER_STATUS, ours=status, theirs=theirs)
    for name, ours in dates_of(record).items():
        if (ours or "") != str(shown.get(name) or ""):
            yield Difference(
                code=record.code,
                kind=DifferenceKind.OTHER_DATE,
                ours=f"{name} {ours or 'none'}",
                theirs=str(shown.get(name) or "none"),
            )
    if str(steps) != str(shown.get("SoTienDo")):
        yield Difference(
            code=record.code,
            kind=DifferenceKind.OTHER_PROGRESS,
            ours=f"{steps} steps",
            theirs=str(shown.get("SoTienDo")),
        )


REPAIRABLE = frozenset(DifferenceKind) - {DifferenceKind.UNKNOWN_TO_US}
"""What telling the portal again may put right: nothing of ours takes a dossier away from it."""
