"""A second set of the tables that events make, beside the live ones and seen by one session alone.

They are temporary tables: statements of the service find them first under the names they know, and the
server drops them with the session, however that ends. So nothing of a broken rebuild is ever left.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

TABLES = (
    *("dossier", "delta", "scope", "cell_scope", "watermark", "agency_tree_version", "procedure_version"),
    *("consumer_position", "consumed", "held_event", "parked_event"),
)
"""All that events make, and where it is kept how far they were taken in."""

AMONG_THE_LIVE = "SET LOCAL search_path = public, pg_temp"
"""In this transaction names without a schema are the live tables; those beside them are in `pg_temp`."""

# What differs between the two sets: codes, and for each the deltas that are wanting.
_NOTES = """
CREATE TEMPORARY TABLE differing (code text PRIMARY KEY);
CREATE TEMPORARY TABLE difference (LIKE public.delta);
ALTER TABLE difference DROP COLUMN id;
"""
_SETTINGS = {
    "application_name": "motcua rebuild",
    "timezone": "UTC",
    "default_transaction_isolation": "read committed",
    "temp_buffers": "64MB",
    "work_mem": "64MB",
    "jit": "off",
}
_LONGEST_WAIT_SECONDS = 3600


class SessionLostError(Exception):
    """The connection broke, and with it went the tables aside. Nothing was changed; begin again."""


class NotAllowedError(Exception):
    """The role may not make temporary tables; the message says how it may."""


@asynccontextmanager
async def aside(dsn: str) -> AsyncIterator[AsyncEngine]:
    """An engine whose one connection sees empty tables of its own in the place of the live ones.

    Whoever wants the connection waits until it is free. When it is lost every further use raises
    `SessionLostError`: a new connection would see the live tables.
    """
    opened = False

    async def open_once() -> "asyncpg.Connection[asyncpg.Record]":
        nonlocal opened
        if opened:
            raise SessionLostError
        connection = await asyncpg.connect(dsn, server_settings=_SETTINGS)
        opened = True
        await _make_tables(connection)
        return connection

    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=open_once,
        pool_size=1,
        max_overflow=0,
        pool_timeout=_LONGEST_WAIT_SECONDS,
        pool_recycle=-1,
        hide_parameters=True,
    )
    try:
        yield engine
    finally:
        await engine.dispose()


async def _make_tables(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    copies = [f"CREATE TEMPORARY TABLE {name} (LIKE public.{name} INCLUDING ALL)" for name in TABLES]
    try:
        await connection.execute(";".join([*copies, _NOTES]))
    except asyncpg.InsufficientPrivilegeError as error:
        names = "quote_ident(current_database()) AS database, quote_ident(current_user) AS role"
        row = await connection.fetchrow(f"SELECT {names}")
        assert row is not None  # noqa: S101 - a SELECT without FROM has one row
        grant = f"GRANT TEMPORARY ON DATABASE {row['database']} TO {row['role']}"
        raise NotAllowedError(f"{error}; its owner may allow it: {grant}") from error
