"""The one statement that changes a dossier: its row, its history, the pending marks and the idempotency key.

Writes of concurrent requests are merged: while one statement is under way, the next ones gather and go
together. Each write stands or falls alone: a stale version or a claimed key touches no other write.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zlib import crc32

import asyncpg
from pydantic_core import to_json
from sqlalchemy import Table, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.clock import CLOCK_IS_OFF, Clock, SystemClock
from shared.errors import StaleVersionError, UnavailableError
from shared.history import CHAIN_FORMAT, HistoryEntry, filed_on
from shared.journal.tables import JournalTables
from shared.lanes import Lanes
from shared.log.port import DOSSIER_STREAM

BUCKETS = 16
_LARGEST_BATCH = 64
_LANES = 2
# Nobody holds a dossier for longer but by mistake, and everybody else of the statement waits too.
_LOCK_TIMEOUT = "2s"


@dataclass(frozen=True, slots=True)
class IdempotencyClaim:
    """A caller's key for one request. `fingerprint` is SHA-256 of what makes the request what it is."""

    caller: str
    route: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Write:
    """What one request changes. `row` is the dossier's complete new row, JSON-able, with its new version."""

    row: Mapping[str, Any]
    entries: Sequence[HistoryEntry]
    claim: IdempotencyClaim | None = None
    traceparent: str | None = None

    @property
    def code(self) -> str:
        return self.entries[0].code

    @property
    def expected_version(self) -> int:
        """The version that the row must have now; 0 for a dossier that must not exist yet."""
        return self.entries[0].sequence - 1

    @property
    def earliest(self) -> datetime:
        """The first moment that it records something of."""
        return min(entry.occurred_at for entry in self.entries)


class ClaimTakenError(Exception):
    """Another request with the same Idempotency-Key was first. Read its outcome and answer with that."""


class MomentPassedError(UnavailableError):
    """What was written is of a moment up to which everything is announced to be recorded, or by a machine
    whose clock is off by more than a minute."""

    def __init__(self) -> None:
        super().__init__(
            "deciding this took too long, or this machine's clock is off; nothing was done, come again",
            retry_after_seconds=1,
        )


class UniqueValueTakenError(Exception):
    """A value that must be unique for ever (a foreign number, a code) is another dossier's."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class JournalWriter:
    """Commits writes, durable when `commit` returns."""

    def __init__(self, engine: AsyncEngine, tables: JournalTables, system_clock: Clock | None = None) -> None:
        self._system_clock = system_clock or SystemClock()
        # One statement is its own transaction: BEGIN and COMMIT would be two round trips more.
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._statement = text(_statement(tables.dossier))
        self._waiting: deque[tuple[Write, asyncio.Future[None]]] = deque()
        self._lanes = Lanes(_LANES, self._commit_next)

    async def commit(self, write: Write) -> None:
        """Raises `StaleVersionError`, `ClaimTakenError`, `UniqueValueTakenError` or `MomentPassedError`:
        nothing has changed. So after an outage that is raised, and where somebody holds the row for 2 s."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((write, done))
        self._lanes.open()
        await done

    async def commit_all(self, writes: Sequence[Write]) -> list[BaseException | None]:
        """Commit each for itself; what it raised, or none, in the same order."""
        return await asyncio.gather(*(self.commit(write) for write in writes), return_exceptions=True)

    async def _commit_next(self) -> bool:
        if not self._waiting:
            return False
        batch = self._take()
        try:
            await self._commit_batch(batch)
        except Exception as error:  # noqa: BLE001 - handed to every caller that waits for it
            for _, done in batch:
                if not done.done():
                    done.set_exception(error)
        except BaseException:
            for _, done in batch:
                done.cancel()
            raise
        return True

    def _take(self) -> list[tuple[Write, asyncio.Future[None]]]:
        """The oldest writes, at most one per dossier: of two, the second must see the first's version."""
        batch: list[tuple[Write, asyncio.Future[None]]] = []
        later: list[tuple[Write, asyncio.Future[None]]] = []
        codes: set[str] = set()
        while self._waiting and len(batch) < _LARGEST_BATCH:
            write, done = self._waiting.popleft()
            if done.cancelled():
                continue
            if write.code in codes:
                later.append((write, done))
                continue
            codes.add(write.code)
            batch.append((write, done))
        self._waiting.extendleft(reversed(later))
        return batch

    async def _commit_batch(self, batch: list[tuple[Write, asyncio.Future[None]]]) -> None:
        if not batch:
            return
        try:
            too_late = await self._execute([write for write, _ in batch])
        except DBAPIError as error:
            if not _is_of_one_write(error):
                raise
            await self._commit_each(batch, error)
            return
        for write, done in batch:
            if done.done():
                continue
            if write.code not in too_late:
                done.set_exception(StaleVersionError(f"dossier {write.code} is no longer at this version"))
            elif too_late[write.code]:
                done.set_exception(MomentPassedError())
            else:
                done.set_result(None)

    async def _commit_each(self, batch: list[tuple[Write, asyncio.Future[None]]], error: DBAPIError) -> None:
        """One of them cannot be written, and the others stand for themselves."""
        if len(batch) > 1:
            for single in batch:
                await self._commit_batch([single])
            return
        ((_, done),) = batch
        if not done.done():
            done.set_exception(_named(error))

    async def _execute(self, writes: Sequence[Write]) -> Mapping[str, bool]:
        """False for each code that was written, true for what came too late; the others are stale."""
        parameters = {
            "rows": to_json([write.row for write in writes]).decode(),
            "machine_time": self._system_clock.now(),
            "codes": [write.code for write in writes],
            "expected": [write.expected_version for write in writes],
            "moments": [write.earliest for write in writes],
            "entries": to_json([_entry_row(e, w.traceparent) for w in writes for e in w.entries]).decode(),
            "claims": to_json([_claim_row(w, w.claim) for w in writes if w.claim]).decode(),
        }
        async with self._engine.connect() as connection:
            result = await connection.execute(self._statement, parameters)
            return {row.code: row.late for row in result}


def bucket_of(subject: str) -> int:
    """Which relay bucket a subject belongs to."""
    return crc32(subject.encode()) % BUCKETS


def _entry_row(entry: HistoryEntry, traceparent: str | None) -> dict[str, Any]:
    return {
        "filed_on": filed_on(entry.code),
        "code": entry.code,
        "sequence": entry.sequence,
        "type": entry.type,
        "occurred_at": entry.occurred_at,
        "actor": entry.actor,
        "reason": entry.reason,
        "salt": _bytea(entry.salt),
        "data": entry.data,
        "sealed": entry.sealed,
        "traceparent": traceparent,
        "format": CHAIN_FORMAT,
        "previous_hash": _bytea(entry.previous_hash),
        "hash": _bytea(entry.hash),
        "bucket": bucket_of(entry.code),
    }


def _claim_row(write: Write, claim: IdempotencyClaim) -> dict[str, Any]:
    return {
        "caller": claim.caller,
        "route": claim.route,
        "key": claim.key,
        "fingerprint": claim.fingerprint,
        "code": write.code,
        "sequence": write.entries[-1].sequence,
    }


def _bytea(value: bytes) -> str:
    return "\\x" + value.hex()


def _is_of_one_write(error: DBAPIError) -> bool:
    """Whether the others of its statement could have been written: somebody holds a row of it, or a value."""
    return isinstance(error, IntegrityError) or isinstance(
        _driver_error(error), asyncpg.LockNotAvailableError
    )


def _driver_error(error: DBAPIError) -> BaseException | None:
    return error.orig.__cause__ if error.orig else None


def _named(error: DBAPIError) -> Exception:
    cause = _driver_error(error)
    if not isinstance(cause, asyncpg.UniqueViolationError):
        return error
    constraint = str(cause.constraint_name)
    if constraint.startswith("pk_idempotency_key"):
        return ClaimTakenError()
    return UniqueValueTakenError(constraint)


def _statement(dossier: Table) -> str:
    names = [column.name for column in dossier.columns]
    assigned = ", ".join(f"{name} = r.{name}" for name in names if name != "code")
    columns = ", ".join(names)
    values = ", ".join(f"r.{name}" for name in names)
    return f"""
WITH given AS (
    SELECT code, expected, coalesce(moment < (SELECT up_to FROM watermark), false) OR {CLOCK_IS_OFF} AS late
    FROM unnest(CAST(:codes AS text[]), CAST(:expected AS int[]), CAST(:moments AS timestamptz[]))
        AS given(code, expected, moment),
        (SELECT set_config('lock_timeout', '{_LOCK_TIMEOUT}', true)) AS patience
), r AS (
    SELECT r.*, given.expected
    FROM jsonb_populate_recordset(NULL::{dossier.name}, CAST(:rows AS jsonb)) r
    JOIN given USING (code) WHERE NOT given.late
), changed AS (
    UPDATE {dossier.name} d SET {assigned} FROM r WHERE d.code = r.code AND d.version = r.expected
    RETURNING d.code
), filed AS (
    INSERT INTO {dossier.name} ({columns}) SELECT {values} FROM r WHERE r.expected = 0 RETURNING code
), done AS (
    SELECT code FROM changed UNION ALL SELECT code FROM filed
), entry AS (
    SELECT h.* FROM jsonb_to_recordset(CAST(:entries AS jsonb)) AS h(
        filed_on date, code text, sequence int, type text, occurred_at timestamptz, actor text, reason text,
        salt bytea, data jsonb, sealed text, traceparent text, format smallint, previous_hash bytea,
        hash bytea, bucket smallint)
    JOIN done USING (code)
), written AS (
    INSERT INTO history (filed_on, code, sequence, type, occurred_at, actor, reason, salt, data, sealed,
                         traceparent, format, previous_hash, hash)
    SELECT filed_on, code, sequence, type, occurred_at, actor, reason, salt, data, sealed,
           traceparent, format, previous_hash, hash
    FROM entry
), pending AS (
    INSERT INTO outbox_pending (bucket, stream, subject, sequence)
    SELECT bucket, '{DOSSIER_STREAM}', code, sequence FROM entry
), claimed AS (
    INSERT INTO idempotency_key (caller, route, key, fingerprint, code, sequence)
    SELECT k.caller, k.route, k.key, k.fingerprint, k.code, k.sequence
    FROM jsonb_to_recordset(CAST(:claims AS jsonb)) AS k(
        caller text, route text, key text, fingerprint text, code text, sequence int)
    JOIN done USING (code)
)
SELECT code, false AS late FROM done UNION ALL SELECT code, late FROM given WHERE late
"""  # noqa: S608 - names come from our own tables, values are parameters
