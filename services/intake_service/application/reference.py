"""The reference data that intake works with: published as versions, held in memory by every process."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from shared.clock import Clock
from shared.errors import StaleVersionError, UnavailableError
from shared.events.reference import ReferenceItem, ReferenceKind
from shared.legal_clock.calendar import CalendarDefinition, WorkingCalendar
from shared.principal import Principal
from shared.schemas.reference import AgencyTree, Procedure

_T = TypeVar("_T")

PROVINCE_KEY = "province"
"""The key of what there is once: the calendar and the agency tree."""


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """One version as the database has it. `revision` grows in the order of publication, over all series."""

    kind: ReferenceKind
    key: str
    version: int
    data: str
    """JSON."""
    revision: int


@dataclass(frozen=True, slots=True)
class Publication:
    """The next version of one series, in full."""

    kind: ReferenceKind
    key: str
    item: ReferenceItem


class ReferenceStore(Protocol):
    """Where versions are kept for ever, and from where they travel."""

    async def newer_than(self, revision: int) -> Sequence[StoredVersion]:
        """Every version published after `revision`, oldest first."""

    async def publish(self, publications: Iterable[Publication], *, by: str, at: datetime) -> None:
        """All or none. Raises `StaleVersionError` unless each is the next version of its series."""


class ReferenceData:
    """What holds now and what held before, in memory, as fresh as the last `refresh`."""

    def __init__(self, store: ReferenceStore) -> None:
        self._store = store
        self._refreshing = asyncio.Lock()
        self._revision = 0
        self._procedures: dict[str, _Series] = {}
        self._calendar: tuple[CalendarDefinition, WorkingCalendar] | None = None
        self._tree: AgencyTree | None = None

    async def refresh(self) -> None:
        """Take in what was published since. Costs one look-up in an index when there is nothing."""
        async with self._refreshing:
            for stored in await self._store.newer_than(self._revision):
                self._take(stored)
                self._revision = max(self._revision, stored.revision)

    @property
    def calendar(self) -> WorkingCalendar:
        """The newest working calendar; its `version` names it."""
        return _published(self._calendar)[1]

    @property
    def calendar_definition(self) -> CalendarDefinition:
        """The newest working calendar as it is edited."""
        return _published(self._calendar)[0]

    @property
    def tree(self) -> AgencyTree:
        """The newest agency tree, with the agencies of every day."""
        return _published(self._tree)

    def procedure(self, code: str) -> Procedure | None:
        """The newest version, in force or not."""
        series = self._procedures.get(code)
        return series.newest() if series else None

    def procedure_on(self, code: str, day: date) -> Procedure | None:
        """The newest version that is in force on `day`."""
        series = self._procedures.get(code)
        return series.on(day) if series else None

    def procedures(self) -> dict[str, Procedure]:
        """The newest version of each. May be called from another thread than `refresh`."""
        return {code: series.newest() for code, series in list(self._procedures.items())}

    def has(self, kind: ReferenceKind, key: str) -> bool:
        """Whether any version of the series was published."""
        match kind:
            case ReferenceKind.PROCEDURE:
                return key in self._procedures
            case ReferenceKind.CALENDAR:
                return self._calendar is not None
            case ReferenceKind.AGENCIES:
                return self._tree is not None

    def _take(self, stored: StoredVersion) -> None:
        match stored.kind:
            case ReferenceKind.PROCEDURE:
                self._procedures.setdefault(stored.key, _Series()).add(stored.data)
            case ReferenceKind.CALENDAR:
                definition = CalendarDefinition.model_validate_json(stored.data)
                self._calendar = definition, WorkingCalendar(definition)
            case ReferenceKind.AGENCIES:
                self._tree = AgencyTree.model_validate_json(stored.data)


class ReferencePublisher:
    """Publishes what an administrator edits, and makes it hold in this process at once."""

    def __init__(self, data: ReferenceData, store: ReferenceStore, clock: Clock) -> None:
        self._data = data
        self._store = store
        self._clock = clock

    async def publish(self, publication: Publication, by: Principal) -> None:
        """Raises `StaleVersionError` when somebody else was first."""
        await self._store.publish([publication], by=by.subject, at=self._clock.now())
        await self._data.refresh()


class _Series:
    """The versions of one procedure. A national catalogue has thousands: each is read when asked for."""

    __slots__ = ("_versions",)

    def __init__(self) -> None:
        self._versions: list[str | Procedure] = []

    def add(self, data: str) -> None:
        self._versions.append(data)

    def newest(self) -> Procedure:
        return self._read(len(self._versions) - 1)

    def on(self, day: date) -> Procedure | None:
        newest_first = (self._read(index) for index in reversed(range(len(self._versions))))
        return next((procedure for procedure in newest_first if procedure.in_force_on(day)), None)

    def _read(self, index: int) -> Procedure:
        version = self._versions[index]
        if isinstance(version, str):
            version = self._versions[index] = Procedure.model_validate_json(version)
        return version


def differs(one: BaseModel, other: BaseModel) -> bool:
    """Whether two versions say different things: an identical one is not published again."""
    return _content(one) != _content(other)


def require_version(expected: int, current: int, what: str) -> None:
    """Raises `StaleVersionError` unless the caller has seen the current version."""
    if expected != current:
        raise StaleVersionError(f"{what} is at version {current}, not {expected}", current_version=current)


def _published(value: _T | None) -> _T:
    if value is None:
        raise UnavailableError("no reference data has been loaded yet", retry_after_seconds=5)
    return value


def _content(item: BaseModel) -> dict[str, Any]:
    return item.model_dump(exclude={"version"})
