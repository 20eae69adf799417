"""What processing's use-cases need of the world."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from services.processing_service.domain.appointments import Calendars
from services.processing_service.domain.case import Case
from shared.acts import Store
from shared.events.dossier import ComponentCopy
from shared.history import HistoryEntry
from shared.principal import Grant
from shared.schemas.lifecycle import DossierStatus
from shared.schemas.reference import AgencyTree


@dataclass(frozen=True, slots=True)
class Scope:
    """Which cases somebody may list: those that any of the parts holds."""

    everything: bool = False
    subject: str | None = None
    """Own cases, and those represented."""
    agencies: frozenset[str] = frozenset()
    desks: frozenset[str] = frozenset()
    portal: bool = False
    post: bool = False


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which of them are wanted; none means no restriction."""

    status: DossierStatus | None = None
    agency: str | None = None
    assignee: str | None = None
    foreign_number: str | None = None
    overdue: bool | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """What a case was opened with, apart from what its acts need."""

    components: tuple[ComponentCopy, ...]
    sealed: str


@dataclass(frozen=True, slots=True)
class PersonalDataRead:
    """An officer looked at the applicant's data."""

    number: int
    role: str
    agency: str | None
    read_at: datetime


class CaseStore(Store[Case], Protocol):
    """Processing's cases."""

    async def opening(self, code: str) -> Opening:
        """Of a case that exists."""

    async def page(
        self, scope: Scope, chosen: CaseFilter, *, today: date, after: str | None, limit: int
    ) -> list[Case]:
        """In the order of their codes, behind the code `after`."""

    async def history(self, code: str, after_sequence: int, limit: int) -> list[HistoryEntry]:
        """What processing wrote of the history of a case that exists."""

    async def hand_overs_due(self, now: datetime, limit: int) -> list[str]:
        """Codes of cases whose result goes to the citizen online, now that it stands."""

    async def unchecked(self, calendar_version: int, limit: int) -> list[Case]:
        """Open cases that were not looked at since `calendar_version` came."""

    async def mark_checked(self, cases: Sequence[Case], calendar_version: int) -> None:
        """Note that `calendar_version` changes nothing for `cases` as they are; for changed ones, nothing."""


class ReadLog(Protocol):
    """Who read personal data. Append-only."""

    async def append(self, code: str, reader: str, grant: Grant, read_at: datetime) -> None:
        """Durable when it returns."""

    async def page(self, code: str, after: int, limit: int) -> list[PersonalDataRead]:
        """Oldest first, behind the number `after`."""


class Reference(Calendars, Protocol):
    """Calendars and agencies, held in memory."""

    @property
    def tree(self) -> AgencyTree: ...

    async def refresh(self) -> None:
        """Take in what came since."""


class Contents(Protocol):
    """The store of documents, addressed by their SHA-256."""

    async def put_all(self, contents: Sequence[bytes]) -> list[str]:
        """Durable when it returns; the digests in the same order."""

    async def get(self, digest: str) -> bytes | None:
        """The document, checked against its digest; none when there is none."""

    async def missing(self, digests: Sequence[str]) -> set[str]:
        """Those that are not stored."""
