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
# Day by day, as the primary key lies: the server never has to sort more than a day.
_ENTRIES = """
SELECT filed_on, code, sequence, type, occurred_at, actor, reason, salt, data::text AS data, sealed,
    previous_hash, hash
FROM history WHERE ($1::date IS NULL OR filed_on >= $1) AND ($2::date IS NULL OR filed_on <= $2)
ORDER BY filed_on, code COLLATE "C", sequence
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


@dataclass(frozen=True, slots=True)
class Part:
    """What one service has written of one dossier."""

    filed_on: date
    entries: Sequence[Entry]

    @property
    def place(self) -> tuple[date, bytes]:
        """Where it comes among the others."""
        return self.filed_on, self.entries[0].code.encode()


async def histories(intake_dsn: str, processing_dsn: str) -> AsyncIterator[Sequence[Entry]]:
    """Every dossier's whole history, intake's part first, in the order of filing days and codes.

    Each database is read in one snapshot of its own; the system should be quiet.
    """
    async with connected(intake_dsn) as intake, connected(processing_dsn) as processing:
        async for begun, gone_on in lives(parts(intake), parts(processing)):
            yield [*(begun.entries if begun else ()), *(gone_on.entries if gone_on else ())]


async def lives(
    intake: AsyncIterator[Part], processing: AsyncIterator[Part]
) -> AsyncIterator[tuple[Part | None, Part | None]]:
    """The parts of each dossier together. Processing is asked first: what it goes on with began before."""
    case = await anext(processing, None)
    async for part in intake:
        while case and case.place < part.place:
            yield None, case
            case = await anext(processing, None)
        if case and case.place == part.place:
            yield part, case
            case = await anext(processing, None)
        else:
            yield part, None
    while case:
        yield None, case
        case = await anext(processing, None)


async def first_and_last_day(intake_dsn: str, processing_dsn: str) -> tuple[date, date] | None:
    """From when to when anything happened; none where nothing ever did."""
    moments: list[datetime] = []
    for dsn in (intake_dsn, processing_dsn):
        async with connected(dsn) as connection:
            row = await connection.fetchrow("SELECT min(occurred_at), max(occurred_at) FROM history")
            moments += [moment for moment in row or () if moment]
    return (local_date(min(moments)), local_date(max(moments))) if moments else None


async def parts(
    connection: "asyncpg.Connection[asyncpg.Record]", first: date | None = None, last: date | None = None
) -> AsyncIterator[Part]:
    """What one service has written of dossiers filed from `first` to `last`, in one snapshot.

    Other questions on `connection` are answered from the same snapshot meanwhile.
    """
    filed_on: date | None = None
    part: list[Entry] = []
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        async for row in connection.cursor(_ENTRIES, first, last, prefetch=_BATCH):
            columns = dict(row)
            columns["data"] = from_json(columns["data"])
            day = columns.pop("filed_on")
            entry = Entry(**columns)
            if filed_on is not None and (part[0].code, filed_on) != (entry.code, day):
                yield Part(filed_on, part)
                part = []
            filed_on = day
            part.append(entry)
        if filed_on is not None:
            yield Part(filed_on, part)


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection, closed at the end."""
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()
