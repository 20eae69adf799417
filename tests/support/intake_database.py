"""Intake's own tables, empty or with the seed, ready to be copied."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.intake_service.adapters.tables import metadata
from services.intake_service.seed.loader import seed
from shared.database import create_engine
from shared.journal.tables import history_partitions
from tests.support.calendars import at
from tests.support.postgres import FreshDatabase, PostgresServer


@asynccontextmanager
async def intake_engine(
    server: PostgresServer, fresh_database: FreshDatabase, *, seeded: bool = True
) -> AsyncIterator[AsyncEngine]:
    """An engine on a database of the test's own."""
    engine = create_engine(intake_database(server, fresh_database, seeded=seeded), application_name="test")
    try:
        yield engine
    finally:
        await engine.dispose()


def intake_database(server: PostgresServer, fresh_database: FreshDatabase, *, seeded: bool = True) -> str:
    """The address of a database of the test's own."""
    empty = server.template("intake_empty", lambda dsn: _make_tables(dsn, seeded=False))
    template = server.template("intake_seeded", lambda dsn: _make_tables(dsn, seeded=True))
    return fresh_database(template if seeded else empty)


def _make_tables(dsn: str, *, seeded: bool) -> None:
    # In a thread of its own: the caller's may run an event loop already.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _fill(dsn, seeded=seeded)).result()


async def _fill(dsn: str, *, seeded: bool) -> None:
    engine = create_engine(dsn, application_name="test")
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        for statement in history_partitions():
            await connection.execute(text(statement))
    if seeded:
        await seed(engine, at=at("2019-01-02 08:00"))
    await engine.dispose()
