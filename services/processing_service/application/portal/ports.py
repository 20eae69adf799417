"""What telling the national portal needs of the world."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Protocol

from services.processing_service.domain.portal_document import Step
from services.processing_service.domain.portal_record import PortalRecord
from shared.schemas.reference import Procedure


@dataclass(frozen=True, slots=True)
class Due:
    """A dossier of which the portal does not know the last change."""

    record: PortalRecord
    sequence: int
    """Of the last event in `record`."""
    sealed: str
    known: bool
    """Whether the portal has it."""
    unclear: bool
    """Nobody knows whether the last attempt had an effect."""
    attempts: int
    steps: tuple[Step, ...]
    """Those that the portal has not confirmed, in their order."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the portal cannot be told of a dossier before a person has done something."""

    kind: str
    """`missing` values, or `refused` by the portal."""
    details: tuple[str, ...]
    """The portal's names of missing fields, or its code."""


class Queue(Protocol):
    """What is to be told, in the database. Whoever claims a dossier has it alone until the claim ends."""

    async def claim(self, claim: str, limit: int) -> list[Due]:
        """Take what is due, the longest waiting first. What a claim that ended left behind is unclear."""

    async def confirm(self, claim: str, sequences: Mapping[str, int]) -> None:
        """The portal has these dossiers up to these sequences."""

    async def postpone(self, claim: str, after: Mapping[str, timedelta], *, unclear: bool) -> None:
        """Come back to these later, as to one attempt more; `unclear` says that it may have had an effect."""

    async def put_aside(self, claim: str, problems: Mapping[str, Problem], after: timedelta) -> None:
        """Note why these cannot be told, and look again later, or when something happens to them."""

    async def give_back(self, claim: str) -> None:
        """What is still claimed was not tried."""


class Verdict(StrEnum):
    """What became of one dossier in a call."""

    DONE = "done"
    ALREADY_THERE = "already_there"
    """It was to be created and exists."""
    NOT_THERE = "not_there"
    """It was to be changed and does not exist."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """The portal's answer for one dossier."""

    verdict: Verdict
    code: str
    """The portal's own."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the portal shows of a dossier."""

    document: Mapping[str, Any]
    rows: frozenset[tuple[Any, ...]]
    """`domain.portal_document.row_key` of each row of progress."""


class PortalAwayError(Exception):
    """The call was not made, or certainly had no effect."""


class PortalUnclearError(Exception):
    """Nobody knows whether the call had an effect."""


class Portal(Protocol):
    """The national portal. Every call raises `PortalAwayError` or `PortalUnclearError`."""

    async def is_away(self) -> bool:
        """Whether so much went wrong that nobody should call for a while."""

    async def send(
        self, documents: Sequence[Mapping[str, Any]], *, update: bool, attempt: int
    ) -> Mapping[str, Answer]:
        """Create or change dossiers (`DongBoHoSoMC`). By code, one for each of `documents`."""

    async def send_rows(self, rows: Sequence[Mapping[str, str]], *, attempt: int) -> Mapping[str, Answer]:
        """Add rows of progress (`CapNhatTienDoHoSoMC`). By code, one for each dossier in `rows`."""

    async def look_up(self, code: str) -> Shown | None:
        """What the portal shows of a dossier (`TraCuuHoSo`); none where it has none."""

    async def field_codes(self) -> Mapping[str, str]:
        """The portal's code for each name of a field (`LayDanhMucLinhVuc`)."""

    async def page(self, day: date | None, after: str | None) -> Sequence[Mapping[str, Any]]:
        """What it shows of our dossiers, in the order of their codes, behind the code `after`.

        Those filed on `day`, or all. Empty at the end.
        """


class Procedures(Protocol):
    """The catalogue as processing has it."""

    async def versions(self, wanted: Collection[tuple[str, int]]) -> Mapping[tuple[str, int], Procedure]:
        """Those that have come, by code and version."""
