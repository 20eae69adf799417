"""Every history from its first entry on: its chain, its length, and the head in the dossier's row."""

import hashlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date, datetime

import asyncpg

from services.console.recount.histories import Entry, Part, connected, lives, parts
from services.console.recount.soundness import broken_links

_BATCH = 1_000
_MOST_FAULTS = 1_000
_TABLES = {"intake": "dossier", "processing": "case_file"}
_HEADS = "SELECT code, version, head_hash FROM {table} WHERE code = ANY($1)"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which histories are looked at, and up to when they enter the digest."""

    services: tuple[str, ...]
    up_to: datetime
    first: date | None = None
    last: date | None = None
    from_code: str | None = None
    """Nothing before this one, in the order of filing days and codes."""


@dataclass(slots=True)
class Audited:
    """What was found in the histories of some filing days."""

    dossiers: int = 0
    entries: int = 0
    broken: int = 0
    faults: list[str] = field(default_factory=list)
    """The first of them, in order."""
    digests: dict[str, str] = field(default_factory=dict)
    """Filing day to the digest of all heads of that day."""

    def add(self, faults: Sequence[str]) -> None:
        """Take in what is wrong with one dossier."""
        if faults:
            self.broken += 1
            self.faults += faults[: max(0, _MOST_FAULTS - len(self.faults))]

    def join(self, later: "Audited") -> None:
        """Go on with the days that come next."""
        self.dossiers += later.dossiers
        self.entries += later.entries
        self.broken += later.broken
        self.faults += later.faults[: max(0, _MOST_FAULTS - len(self.faults))]
        self.digests |= later.digests


@dataclass(frozen=True, slots=True)
class _Life:
    parts: Mapping[str, Part]

    @property
    def code(self) -> str:
        return next(iter(self.parts.values())).entries[0].code

    @property
    def filed_on(self) -> date:
        return next(iter(self.parts.values())).filed_on

    @property
    def entries(self) -> list[Entry]:
        return [
            entry for service in _TABLES if service in self.parts for entry in self.parts[service].entries
        ]


async def audit(addresses: Mapping[str, str], scope: Scope) -> Audited:
    """Look at every history in `scope`. Memory does not grow with their number."""
    found = Audited()
    heads = _Digests(scope.up_to)
    async with AsyncExitStack() as stack:
        connections = {
            service: await stack.enter_async_context(connected(addresses[service]))
            for service in scope.services
        }
        async for batch in _batches(connections, scope):
            codes = [life.code for life in batch]
            rows = {
                service: {
                    row["code"]: (row["version"], row["head_hash"])
                    for row in await connection.fetch(_HEADS.format(table=_TABLES[service]), codes)
                }
                for service, connection in connections.items()
            }
            for life in batch:
                found.dossiers += 1
                found.entries += len(life.entries)
                found.add(
                    list(_faults(life, scope, {name: known.get(life.code) for name, known in rows.items()}))
                )
                heads.add(life)
    found.digests = heads.digests()
    return found


def _faults(life: _Life, scope: Scope, heads: Mapping[str, tuple[int, bytes] | None]) -> Iterator[str]:
    entries = life.entries
    if scope.services == ("processing",):
        # What comes before is intake's: only from here on the chain is looked at.
        yield from broken_links(entries, (entries[0].sequence - 1, entries[0].previous_hash))
    else:
        yield from broken_links(entries)
    last = None
    for service in scope.services:
        if service in life.parts:
            last = life.parts[service].entries[-1]
        head = heads[service]
        if head is None:
            if service in life.parts:
                yield f"{life.code}: {service} has a history and no row of it"
        elif last is None:
            yield f"{life.code}: {service} has a row and no history"
        elif head != (last.sequence, last.hash):
            told = f"entry {last.sequence}" if head[0] != last.sequence else "another hash"
            yield f"{life.code}: the row in {service} says version {head[0]}, the history ends with {told}"


class _Digests:
    """A digest of the heads of each filing day, as they were at a moment."""

    def __init__(self, up_to: datetime) -> None:
        self._up_to = up_to
        self._days: dict[str, hashlib._Hash] = {}

    def add(self, life: _Life) -> None:
        """Lives of a day come in the order of their codes."""
        known = [entry for entry in life.entries if entry.occurred_at <= self._up_to]
        if known:
            head = known[-1]
            day = self._days.setdefault(life.filed_on.isoformat(), hashlib.sha256())
            day.update(f"{head.code} {head.sequence} {head.hash.hex()}\n".encode())

    def digests(self) -> dict[str, str]:
        return {day: digest.hexdigest() for day, digest in self._days.items()}


async def _batches(
    connections: "Mapping[str, asyncpg.Connection[asyncpg.Record]]", scope: Scope
) -> AsyncIterator[list[_Life]]:
    batch: list[_Life] = []
    async for life in _lives(connections, scope):
        if scope.from_code is None or (life.filed_on, life.code) >= (scope.first, scope.from_code):
            batch.append(life)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _lives(
    connections: "Mapping[str, asyncpg.Connection[asyncpg.Record]]", scope: Scope
) -> AsyncIterator[_Life]:
    streams = {name: parts(connection, scope.first, scope.last) for name, connection in connections.items()}
    if len(streams) == 1:
        ((service, stream),) = streams.items()
        async for part in stream:
            yield _Life({service: part})
        return
    async for begun, gone_on in lives(streams["intake"], streams["processing"]):
        yield _Life({name: part for name, part in (("intake", begun), ("processing", gone_on)) if part})


def root_of(digests: Mapping[str, str]) -> str:
    """One digest over those of all days, in their order."""
    return hashlib.sha256("".join(f"{day} {digests[day]}\n" for day in sorted(digests)).encode()).hexdigest()
