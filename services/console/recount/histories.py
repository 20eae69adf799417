"""The two services' histories, read straight from their databases: no log, no projection."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import asyncpg
from pydantic_core import from_json

from shared.clock import local_date

_BATCH = 5_000
_ENTRIES = """
SELECT code, sequence, type, occurred_at, actor, reason, salt, data::text AS data, sealed, previous_hash, hash
FROM history ORDER BY code COLLATE "C", sequence
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a history with the columns that its hash covers."""

    code: str
    sequence: int
    type: str
    occurred_at: datetime
    actor: str
    reason: str | None
    salt: bytes
    data: Mapping[str, Any]
    sealed: str | None
    previous_hash: bytes
    hash: bytes

    @property
    def day(self) -> date:
        """The local day on which it happened."""
        return local_date(self.occurred_at)


async def histories(intake_dsn: str, processing_dsn: str) -> AsyncIterator[Sequence[Entry]]:
    """Every dossier's whole history, intake's part first, in the order of the codes.

    Each database is read in one snapshot of its own; the system should be quiet.
    """
    async with _connected(intake_dsn) as intake, _connected(processing_dsn) as processing:
        cases = _parts(processing)
        case = await anext(cases, None)
        async for part in _parts(intake):
            while case and case[0].code.encode() < part[0].code.encode():
                yield case
                case = await anext(cases, None)
            if case and case[0].code == part[0].code:
                yield part + case
                case = await anext(cases, None)
            else:
                yield part
        while case:
            yield case
            case = await anext(cases, None)


async def first_and_last_day(intake_dsn: str, processing_dsn: str) -> tuple[date, date] | None:
    """From when to when anything happened; none where nothing ever did."""
    moments: list[datetime] = []
    for dsn in (intake_dsn, processing_dsn):
        async with _connected(dsn) as connection:
            row = await connection.fetchrow("SELECT min(occurred_at), max(occurred_at) FROM history")
            moments += [moment for moment in row or () if moment]
    return (local_date(min(moments)), local_date(max(moments))) if moments else None


async def _parts(connection: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[list[Entry]]:
    part: list[Entry] = []
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        async for row in connection.cursor(_ENTRIES, prefetch=_BATCH):
            columns = dict(row)
            columns["data"] = from_json(columns["data"])
            entry = Entry(**columns)
            if part and part[0].code != entry.code:
                yield part
                part = []
            part.append(entry)
    if part:
        yield part


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()
