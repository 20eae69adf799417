"""Everything that the invariants are about, read once: histories, outboxes, log, groups, keys."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

import asyncpg
from pydantic_core import from_json

from faults.invariants.log_records import LogRecord, dossier_records
from services.console.recount.histories import Entry
from services.console.run_folder import LOG_VARIABLE
from shared.variables import SERVICES, database_variable

WRITERS = ("intake", "processing")
_ENTRIES = """
SELECT code, sequence, type, occurred_at, actor, reason, salt, data::text AS data, sealed, previous_hash, hash
FROM history
"""
_KEYS = "SELECT key, code, sequence FROM idempotency_key"
_PENDING = "SELECT subject, sequence FROM outbox_pending"
_CONSUMED = "SELECT subject, last_sequence FROM consumed WHERE group_name = $1 AND subject LIKE '%-%'"
_WAITING = """
SELECT 'held' AS how, subject, sequence FROM held_event
UNION ALL SELECT 'parked', subject, sequence FROM parked_event WHERE dropped_at IS NULL
"""
_CURRENT = {
    "intake": "SELECT code, version, status, head_hash FROM dossier",
    "processing": "SELECT code, version, status, head_hash FROM case_file",
}

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True, slots=True)
class Current:
    """A dossier's row at its writer."""

    version: int
    status: str
    head_hash: bytes


@dataclass(frozen=True, slots=True)
class Facts:
    """As things stand."""

    histories: Mapping[str, Mapping[str, Sequence[Entry]]]
    """By writer and code."""
    current: Mapping[str, Mapping[str, Current]]
    """By writer and code."""
    keys: Mapping[str, Sequence[tuple[str, int]]]
    """By Idempotency-Key, over both writers: code and sequence."""
    pending: Sequence[tuple[str, str, int]]
    records: Sequence[LogRecord]
    """The dossier stream, each partition in its order."""
    consumed: Mapping[str, Mapping[str, int]]
    """By group and code: the last sequence taken in."""
    waiting: Sequence[tuple[str, str, str, int | None]]
    """Service, held or parked, subject, sequence."""

    def life(self, code: str) -> list[Entry]:
        """A dossier's whole history in order."""
        entries = [entry for writer in WRITERS for entry in self.histories[writer].get(code, ())]
        return sorted(entries, key=lambda entry: entry.sequence)

    def codes(self) -> set[str]:
        """Every dossier that has any history."""
        return {code for writer in WRITERS for code in self.histories[writer]}


async def read_facts(environment: Mapping[str, str]) -> Facts:
    """The system must be at rest: each database is read in a moment of its own."""
    async with _all_connected(environment) as databases:
        keys: dict[str, list[tuple[str, int]]] = defaultdict(list)
        histories, current, pending = {}, {}, []
        for writer in WRITERS:
            database = databases[writer]
            histories[writer] = await _histories(database)
            current[writer] = {
                row["code"]: Current(row["version"], row["status"], row["head_hash"])
                for row in await database.fetch(_CURRENT[writer])
            }
            for row in await database.fetch(_KEYS):
                keys[row["key"]].append((row["code"], row["sequence"]))
            pending += [(writer, *row) for row in await database.fetch(_PENDING)]
        consumed: dict[str, Mapping[str, int]] = {}
        waiting: list[tuple[str, str, str, int | None]] = []
        for service, database in databases.items():
            rows = await database.fetch(_CONSUMED, service)
            consumed[service] = {row["subject"]: row["last_sequence"] for row in rows}
            waiting += [(service, *row) for row in await database.fetch(_WAITING)]
    records = await dossier_records(environment[LOG_VARIABLE])
    return Facts(histories, current, keys, pending, records, consumed, waiting)


async def _histories(database: Connection) -> Mapping[str, Sequence[Entry]]:
    found: dict[str, list[Entry]] = defaultdict(list)
    for row in await database.fetch(_ENTRIES):
        columns = dict(row)
        columns["data"] = from_json(columns["data"])
        found[row["code"]].append(Entry(**columns))
    return found


@asynccontextmanager
async def _all_connected(environment: Mapping[str, str]) -> AsyncIterator[Mapping[str, Connection]]:
    connections = await asyncio.gather(
        *(asyncpg.connect(environment[database_variable(service)]) for service in SERVICES)
    )
    try:
        yield dict(zip(SERVICES, connections, strict=True))
    finally:
        await asyncio.gather(*(connection.close() for connection in connections))
