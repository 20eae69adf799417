"""The event log in a PostgreSQL database of its own.

Positions are taken by moving the head row of the partition in the statement that stores the records. The
row stays locked until that statement commits, so the order of positions is the order of commits, and whoever
has read up to a position has missed nothing below it. A sequence or an identity column cannot promise that.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import asyncpg

from shared.log.partitioning import partition_of
from shared.log.port import (
    MEMBER_TIMEOUT_SECONDS,
    PARTITIONS,
    STREAMS,
    Position,
    PositionStore,
    Record,
    UnknownStreamError,
)
from shared.log.postgres_failures import passing_failures_as_unavailable
from shared.log.postgres_member import PostgresMember, channel_of

_SCHEMA = """
create table if not exists streams (
    stream text primary key,
    epoch uuid not null default uuidv7()
);
-- Head rows change with every append: room on the page keeps their old versions off the index.
create table if not exists heads (
    stream text not null references streams,
    partition smallint not null,
    head bigint not null default 0,
    primary key (stream, partition)
) with (fillfactor = 20);
create table if not exists records (
    stream text not null,
    partition smallint not null,
    position bigint not null,
    key text not null,
    value bytea not null,
    headers jsonb not null,
    appended_at timestamptz not null default now(),
    primary key (stream, partition, position)
);
"""

_NEW_STREAM = """
with made as (insert into streams (stream) values ($1) on conflict do nothing returning stream)
insert into heads (stream, partition) select stream, generate_series(0, $2::int - 1) from made
"""

# Locking the heads in the order of partitions keeps appenders from waiting for each other in a circle.
_APPEND = """
with batch as materialized (
    select partition, key, value, headers::jsonb,
           row_number() over (partition by partition order by place) - 1 as distance
    from unnest($2::smallint[], $3::text[], $4::bytea[], $5::text[])
        with ordinality as record (partition, key, value, headers, place)
),
sizes as materialized (select partition, count(*) as size from batch group by partition),
locked as materialized (
    select partition from heads
    where stream = $1 and partition in (select partition from sizes)
    order by partition for update
),
moved as (
    update heads set head = heads.head + sizes.size
    from locked join sizes using (partition)
    where heads.stream = $1 and heads.partition = locked.partition
    returning heads.partition, old.head as start
),
stored as (
    insert into records (stream, partition, position, key, value, headers)
    select $1, partition, start + distance, key, value, headers from batch join moved using (partition)
    returning 1
)
select (select count(*) from stored), pg_notify($6, '')
"""


class PostgresLog:
    """The log in the database that `dsn` names. Needs PostgreSQL 18."""

    def __init__(
        self, dsn: str, *, member_timeout_seconds: float = MEMBER_TIMEOUT_SECONDS, connections: int = 4
    ) -> None:
        self._dsn = dsn
        self._member_timeout_seconds = member_timeout_seconds
        self._connections = connections
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._opening = asyncio.Lock()

    async def ensure_schema(self, streams: Sequence[str] = STREAMS) -> None:
        with passing_failures_as_unavailable():
            pool = await self._open_pool()
            async with pool.acquire() as connection, connection.transaction():
                # "if not exists" alone lets two migrations that run at once collide in the catalogue.
                await connection.execute("select pg_advisory_xact_lock(hashtextextended('motcua log', 0))")
                await connection.execute(_SCHEMA)
                await connection.executemany(_NEW_STREAM, [(stream, PARTITIONS) for stream in streams])

    async def epoch(self, stream: str) -> str:
        with passing_failures_as_unavailable():
            pool = await self._open_pool()
            epoch = await pool.fetchval("select epoch::text from streams where stream = $1", stream)
        if epoch is None:
            raise UnknownStreamError(stream)
        return str(epoch)

    async def append(self, stream: str, records: Sequence[Record]) -> None:
        if not records:
            return
        with passing_failures_as_unavailable():
            pool = await self._open_pool()
            stored = await pool.fetchval(
                _APPEND,
                stream,
                [partition_of(record.key, PARTITIONS) for record in records],
                [record.key for record in records],
                [record.value for record in records],
                [json.dumps(dict(record.headers), ensure_ascii=False) for record in records],
                channel_of(stream),
            )
        if stored == 0:
            raise UnknownStreamError(stream)

    @asynccontextmanager
    async def subscribe(
        self, stream: str, group: str, positions: PositionStore
    ) -> AsyncIterator[PostgresMember]:
        member = PostgresMember(self._dsn, stream, group, positions, self._member_timeout_seconds)
        try:
            yield member
        finally:
            await member.leave()

    async def end_positions(self, stream: str) -> Mapping[int, Position]:
        with passing_failures_as_unavailable():
            pool = await self._open_pool()
            heads = await pool.fetch("select partition, head from heads where stream = $1", stream)
        if not heads:
            raise UnknownStreamError(stream)
        return {row["partition"]: Position(row["head"]) for row in heads}

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    async def _open_pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._dsn,
                    min_size=0,
                    max_size=self._connections,
                    command_timeout=30,
                    server_settings={"application_name": "motcua log"},
                    # Nothing here changes a session, so there is nothing to put back after each use.
                    reset=_keep,
                )
            return self._pool


async def _keep(connection: object) -> None:
    """Leave a session as it is."""
