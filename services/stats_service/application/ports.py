"""What the use-cases need of the world."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, Protocol

from services.stats_service.domain.cell import Cell, Dimension
from services.stats_service.domain.figures import Figure, Figures, Sums
from services.stats_service.domain.period import Period, View
from shared.schemas.reference import AgencyTree

Key = tuple[str, ...]
"""The values of the dimensions that a split tells apart, in the order of `Dimension`."""

Split = frozenset[Dimension]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which cells are asked for; none means all."""

    agencies: frozenset[str] | None = None
    desk: str | None = None
    field: str | None = None
    procedure: str | None = None
    channel: str | None = None

    def narrowed(self) -> Mapping[Dimension, str]:
        """The dimensions besides the agency that are narrowed to one value."""
        given = {
            Dimension.DESK: self.desk,
            Dimension.FIELD: self.field,
            Dimension.PROCEDURE: self.procedure,
            Dimension.CHANNEL: self.channel,
        }
        return {dimension: value for dimension, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True)
class SumsAt:
    """Sums of counters at the two ends of a period."""

    before: Sums
    end: Sums


class Ledger(Protocol):
    """The sums of everything that was counted."""

    async def read(
        self, view: View, selection: Selection, splits: Sequence[Split]
    ) -> Sequence[Mapping[Key, SumsAt]]:
        """For each split its sums, all as of one moment; what consumers have committed is in them."""


class Reference(Protocol):
    """Names and the agency tree."""

    async def agency_tree(self) -> AgencyTree | None:
        """The newest version; none before the first has arrived."""

    async def procedure_names(self, codes: Collection[str]) -> Mapping[str, str]:
        """The newest Vietnamese names of those that are known."""

    async def knows_procedure(self, code: str) -> bool:
        """Whether any version of it has arrived."""

    async def knows_field(self, field: str) -> bool:
        """Whether any procedure belongs to it."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """How much of what happened has arrived."""

    known_up_to: Mapping[str, datetime]
    """Writing services, and the business time before which everything that they recorded has arrived."""
    waiting: int
    """Events that are held back or parked, so that their dossiers' figures are not complete."""


class Arrivals(Protocol):
    """What the consumers know of their sources."""

    async def completeness(self) -> Completeness:
        """As of now."""


@dataclass(frozen=True, slots=True)
class CountedDossier:
    """A dossier behind a figure."""

    code: str
    cell: Cell
    """Where it is counted, with the agency that was competent then."""
    n: int
    """What it adds to the figure; more than 1 for components, negative for what is taken off."""


class Place(NamedTuple):
    """Where a dossier stands in the list: ordered by agency, then by code, as bytes are."""

    agency: str
    code: str


class DossierFinder(Protocol):
    """Finds the dossiers behind figures."""

    async def behind(
        self, figure: Figure, view: View, selection: Selection, *, after: Place | None, limit: int
    ) -> Sequence[CountedDossier]:
        """Those that add to an agency's figure, in the order of `Place`, behind `after`."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """All cells as they stood after one delta, which nothing written later can change."""

    up_to: int
    cells: Mapping[Key, SumsAt]


@dataclass(frozen=True, slots=True)
class ClosedPeriod:
    """A period that was closed, with its figures of that moment."""

    period: Period
    closed_at: datetime
    closed_by: str
    up_to: int
    digest: str
    total: Figures


@dataclass(frozen=True, slots=True)
class Correction:
    """What later events of one dossier changed in a closed period."""

    code: str
    figures: Figures
    """Only those that change."""


class ClosedPeriods(Protocol):
    """Periods that are frozen, and what has changed since."""

    async def freeze(self, view: View) -> Frozen:
        """Every cell, and the last delta that is counted in it; writers wait meanwhile."""

    async def keep(self, closed: ClosedPeriod, document: bytes) -> bool:
        """Durable when it returns; false when the period was closed before."""

    async def find(self, period: Period) -> ClosedPeriod | None:
        """The closed period with these days."""

    async def ending_on(self, day: date) -> ClosedPeriod | None:
        """The longest closed period that ends on `day`."""

    async def document(self, period: Period) -> bytes:
        """The canonical JSON that the digest is of. Raises `NotFoundError`."""

    async def list(self, *, before: tuple[date, date] | None, limit: int) -> Sequence[ClosedPeriod]:
        """The newest first, behind the last and the first day of `before`."""

    async def corrections(
        self, closed: ClosedPeriod, *, after: str | None, limit: int
    ) -> Sequence[Correction]:
        """By dossier code, behind `after`."""

    async def corrected_by(self, closed: ClosedPeriod) -> Figures:
        """The sum of all corrections."""
