"""A member of a consumer group of the PostgreSQL log.

Everything a member does runs on one session. A partition is owned by a session advisory lock (group and
stream, partition), so what the session fetches it owns, and the server hands the partitions of a dead member
on by itself. A shared lock beside them shows that the member is there; all members count these marks alike
and so agree on how many partitions each may hold. There is no background task.
"""

import asyncio
import json
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from hashlib import blake2b

import asyncpg

from shared.log.in_hand import InHand
from shared.log.port import (
    PARTITIONS,
    LogTruncatedError,
    LogUnavailableError,
    Message,
    Position,
    PositionStore,
    UnknownStreamError,
)
from shared.log.postgres_failures import passing_failures_as_unavailable

# How often a member looks after its share, and after records whose notification did not reach it.
_ROUND_SECONDS = 1.0
# In the place of a partition number: the mark of a member.
_MARK = PARTITIONS

_HOLDERS = """
select pid, objid::int as place, pid = pg_backend_pid() as own from pg_locks
where locktype = 'advisory' and classid = $1::int::oid and objsubid = 2 and granted
    and database = (select oid from pg_database where datname = current_database())
"""
_TAKE = "select place from unnest($2::int[]) as place where pg_try_advisory_lock($1, place)"
_GIVE_BACK = "select pg_advisory_unlock($1, place) from unnest($2::int[]) as place"
# All partitions with news at once: under an even load each has a few records, and a query apiece would cost
# more than taking their effects does.
_READ = """
select partition, position, key, value, headers
from unnest($2::smallint[], $3::bigint[]) as wanted (partition, start)
cross join lateral (
    select position, key, value, headers from records
    where stream = $1 and records.partition = wanted.partition and position >= start
    order by position limit $4
) as found
order by partition, position
"""


def channel_of(stream: str) -> str:
    """The channel on which appends to `stream` are announced."""
    return f"log:{stream}"


class PostgresMember:
    """See `shared.log.port.Subscription`."""

    def __init__(
        self, dsn: str, stream: str, group: str, positions: PositionStore, timeout_seconds: float
    ) -> None:
        self._dsn = dsn
        self._stream = stream
        self._group = group
        self._positions = positions
        self._timeout_seconds = timeout_seconds
        digest = blake2b(f"{group}/{stream}".encode(), digest_size=4).digest()
        self._lock_class = int.from_bytes(digest, "big") >> 1
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._epoch = ""
        self._next: dict[int, Position] = {}
        self._heads: dict[int, Position] = {}
        self._ahead: dict[int, deque[Message]] = {}
        self._round_due = 0.0
        self._woken = asyncio.Event()
        self._in_hand = InHand()

    async def fetch(self, limit: int, timeout_seconds: float) -> Sequence[Message]:
        now = asyncio.get_running_loop().time
        deadline = now() + timeout_seconds
        holds = self._in_hand.asked()
        while True:
            if now() >= self._round_due:
                if not await self._share_out(keep_all=holds):
                    return self._in_hand.answered(())
                self._round_due = now() + _ROUND_SECONDS
                self._woken.set()
            if not self._ahead and self._woken.is_set():
                # Cleared before the look: what is appended meanwhile wakes us again.
                self._woken.clear()
                await self._look_at_heads()
                await self._read_ahead(limit)
            if self._ahead:
                return self._in_hand.answered(self._hand_out(limit))
            wait = min(deadline, self._round_due) - now()
            if now() >= deadline:
                return self._in_hand.answered(())
            await self._wait_for_append(wait)

    async def rewind(self, partition: int) -> None:
        if partition in self._next:
            self._ahead.pop(partition, None)
            await self._start([partition])
            self._woken.set()

    async def owned(self) -> frozenset[int]:
        return frozenset(self._next)

    async def leave(self) -> None:
        """Give everything back. A server that cannot be told finds out by the closed connection."""
        connection, self._connection = self._connection, None
        self._next.clear()
        self._ahead.clear()
        if connection is None:
            return
        try:
            with suppress(LogUnavailableError), passing_failures_as_unavailable():
                await connection.execute("select pg_advisory_unlock_all()", timeout=5)
                await connection.close(timeout=5)
        finally:
            connection.terminate()

    async def _share_out(self, *, keep_all: bool) -> bool:
        """Give back what is above the fair share, take what is free up to it.

        False when something should be given back but is kept.
        """
        session = await self._session()
        own_pid = session.get_server_pid()
        places = await self._query(_HOLDERS, self._lock_class)
        members = sorted(row["pid"] for row in places if row["place"] == _MARK)
        holders = {row["place"]: row["pid"] for row in places if row["place"] != _MARK}
        owned = sorted(place for place, pid in holders.items() if pid == own_pid)
        size, left_over = divmod(PARTITIONS, len(members))
        share = size + (members.index(own_pid) < left_over)

        kept, surplus = owned[:share], owned[share:]
        if surplus and keep_all:
            return False
        if surplus:
            for partition in surplus:
                self._next.pop(partition, None)
                self._ahead.pop(partition, None)
            await self._query(_GIVE_BACK, self._lock_class, surplus)
        free = [place for place in range(PARTITIONS) if place not in holders][: share - len(kept)]
        if free:
            kept += [row["place"] for row in await self._query(_TAKE, self._lock_class, free)]
        new = [partition for partition in kept if partition not in self._next]
        if new:
            await self._start(new)
        return True

    async def _start(self, partitions: Iterable[int]) -> None:
        """Begin at the committed positions. Heads are read after them, and so can only be further."""
        starts = {
            partition: await self._positions.next_position(self._group, self._stream, self._epoch, partition)
            for partition in partitions
        }
        await self._look_at_heads()
        for partition, start in starts.items():
            if start > self._heads[partition]:
                raise LogTruncatedError(
                    f"{self._group} has read {self._stream}/{partition} up to {start}, "
                    f"but it ends at {self._heads[partition]}"
                )
        self._next |= starts

    async def _look_at_heads(self) -> None:
        rows = await self._query("select partition, head from heads where stream = $1", self._stream)
        self._heads = {row["partition"]: row["head"] for row in rows}

    async def _read_ahead(self, limit: int) -> None:
        """Read what is new in the owned partitions, about `limit` records in all, a fair part of each."""
        unread = [partition for partition, start in self._next.items() if self._heads[partition] > start]
        if not unread:
            return
        starts = [self._next[partition] for partition in unread]
        share = max(1, limit // len(unread))
        for row in await self._query(_READ, self._stream, unread, starts, share):
            message = Message(
                stream=self._stream,
                partition=row["partition"],
                position=Position(row["position"]),
                key=row["key"],
                value=row["value"],
                headers=json.loads(row["headers"]),
            )
            self._ahead.setdefault(message.partition, deque()).append(message)
        if any(len(messages) == share for messages in self._ahead.values()):
            self._woken.set()  # there may be more

    def _hand_out(self, limit: int) -> Sequence[Message]:
        partition, ahead = next(iter(self._ahead.items()))
        messages = [ahead.popleft() for _ in range(min(limit, len(ahead)))]
        if not ahead:
            del self._ahead[partition]
        self._next[partition] = Position(messages[-1].position + 1)
        return messages

    async def _wait_for_append(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    async def _query(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        session = await self._session()
        try:
            with passing_failures_as_unavailable():
                return await session.fetch(statement, *arguments)
        except LogUnavailableError:
            # With the session went its locks; another member may own the partitions by now.
            session.terminate()
            self._connection = None
            self._next.clear()
            self._ahead.clear()
            self._round_due = 0
            raise

    async def _session(self) -> "asyncpg.Connection[asyncpg.Record]":
        if self._connection is None:
            with passing_failures_as_unavailable():
                connection = await asyncpg.connect(
                    self._dsn, timeout=10, command_timeout=30, server_settings=self._session_settings()
                )
                try:
                    await self._join(connection)
                except BaseException:
                    connection.terminate()
                    raise
            self._connection = connection
        return self._connection

    async def _join(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        epoch = await connection.fetchval("select epoch::text from streams where stream = $1", self._stream)
        if epoch is None:
            raise UnknownStreamError(self._stream)
        self._epoch = epoch
        await connection.add_listener(channel_of(self._stream), self._wake)
        await connection.fetchval("select pg_advisory_lock_shared($1, $2)", self._lock_class, _MARK)

    def _session_settings(self) -> dict[str, str]:
        """Let the server end the session of a member that hangs, or whose machine is gone."""
        return {
            "application_name": f"motcua {self._group}",
            "idle_session_timeout": str(int(self._timeout_seconds * 1000)),
            "tcp_keepalives_idle": "10",
            "tcp_keepalives_interval": "5",
            "tcp_keepalives_count": "3",
        }

    def _wake(self, *_: object) -> None:
        self._woken.set()
