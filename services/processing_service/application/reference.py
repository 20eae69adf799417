"""The reference data that processing works with: every version, held in memory by every process."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.errors import UnavailableError
from shared.events.reference import ReferenceKind
from shared.legal_clock.calendar import CalendarDefinition, WorkingCalendar
from shared.schemas.reference import AgencyTree

KEPT = frozenset({ReferenceKind.CALENDAR, ReferenceKind.AGENCIES, ReferenceKind.PROCEDURE})


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """One version as the database has it."""

    kind: ReferenceKind
    version: int
    data: str
    """JSON."""


class ReferenceStore(Protocol):
    """Where the versions that came are kept."""

    async def newer_than(self, calendar: int, agencies: int) -> Sequence[StoredVersion]:
        """What came after these versions, oldest first."""


class ReferenceData:
    """As fresh as the last `refresh`."""

    def __init__(self, store: ReferenceStore) -> None:
        self._store = store
        self._calendars: dict[int, WorkingCalendar] = {}
        self._tree: AgencyTree | None = None

    async def refresh(self) -> None:
        """Take in what came since."""
        newest = max(self._calendars, default=0)
        for stored in await self._store.newer_than(newest, self._tree.version if self._tree else 0):
            if stored.kind is ReferenceKind.CALENDAR:
                definition = CalendarDefinition.model_validate_json(stored.data)
                self._calendars[definition.version] = WorkingCalendar(definition)
            else:
                self._tree = AgencyTree.model_validate_json(stored.data)

    @property
    def latest(self) -> WorkingCalendar:
        """Raises `UnavailableError` before the first calendar came."""
        return self.version(max(self._calendars, default=1))

    def version(self, number: int) -> WorkingCalendar:
        calendar = self._calendars.get(number)
        if calendar is None:
            raise UnavailableError(f"calendar version {number} is not here yet", retry_after_seconds=1)
        return calendar

    @property
    def is_loaded(self) -> bool:
        """Whether a calendar and an agency tree are here."""
        return bool(self._calendars) and self._tree is not None

    def has_calendar(self, number: int) -> bool:
        """Whether this version is in memory."""
        return number in self._calendars

    @property
    def tree(self) -> AgencyTree:
        """The newest agency tree. Raises `UnavailableError` before the first one came."""
        if self._tree is None:
            raise UnavailableError("no agency tree has come yet", retry_after_seconds=1)
        return self._tree
