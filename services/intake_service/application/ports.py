"""What intake's use-cases need of the world."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from services.intake_service.domain.dossier import Dossier
from shared.acts import Replay, Store
from shared.history import HistoryEntry
from shared.journal.writer import IdempotencyClaim
from shared.legal_clock.calendar import WorkingCalendar
from shared.schemas.lifecycle import DossierStatus
from shared.schemas.reference import AgencyTree, Procedure


@dataclass(frozen=True, slots=True)
class PublicStatus:
    """Where a dossier stands after every event that intake has heard of, its own and processing's."""

    version: int
    status: DossierStatus
    changed_at: datetime
    appointment: date | None
    promised_on: date | None


@dataclass(frozen=True, slots=True)
class DossierFilter:
    """Which dossiers a list is about; none means no restriction."""

    applicant: str | None
    agencies: frozenset[str] | None
    status: DossierStatus | None


class DossierStore(Store[Dossier], Protocol):
    """Intake's dossiers."""

    async def replay(self, claim: IdempotencyClaim) -> Replay | None:
        """What the claim's key did before."""

    async def public_status(self, code: str) -> PublicStatus | None:
        """None until the first event of the dossier came back from the log."""

    async def page(
        self, chosen: DossierFilter, after: tuple[datetime, str] | None, limit: int
    ) -> list[Dossier]:
        """Oldest first, behind the (filed_at, code) in `after`."""

    async def history(self, code: str, after_sequence: int, limit: int) -> list[HistoryEntry]:
        """What intake wrote of the dossier's history."""

    async def lapsed(self, today: date, limit: int) -> list[str]:
        """Codes of incomplete dossiers whose time for completion ended before `today`."""


class Reference(Protocol):
    """Catalogue, calendar and agencies, held in memory."""

    @property
    def calendar(self) -> WorkingCalendar: ...

    @property
    def tree(self) -> AgencyTree: ...

    def procedure_on(self, code: str, day: date) -> Procedure | None:
        """The newest version that is in force on `day`."""

    def procedure(self, code: str) -> Procedure | None:
        """The newest version, in force or not; none for an unknown code."""


class CodeSource(Protocol):
    """Where dossier codes come from."""

    async def next(self, agency: str, day: date) -> str:
        """A code that nobody else ever gets."""


class Contents(Protocol):
    """The store of documents, addressed by their SHA-256."""

    async def put_all(self, contents: Sequence[bytes]) -> list[str]:
        """Durable when it returns; the digests in the same order."""

    async def missing(self, digests: Sequence[str]) -> set[str]:
        """Those that are not stored."""
