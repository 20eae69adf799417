"""The databases of the whole system, and how they become new again without being made anew."""

import asyncio
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import asyncpg
from sqlalchemy import MetaData, text

from services.intake_service.adapters.reference import SqlReferenceStore
from services.intake_service.adapters.tables import metadata as intake
from services.processing_service.adapters.tables import metadata as processing
from services.stats_service.adapters.tables import metadata as stats
from shared.database import DEMO_MARK, create_engine
from shared.journal.tables import history_partitions
from shared.log.port import REFERENCE_STREAM
from tests.support.calendars import at
from tests.support.postgres import FreshDatabase, PostgresServer, fresh_databases
from tests.support.small_province import publications

_TABLES = {"intake": intake, "processing": processing, "stats": stats}
_PENDING_AS_MADE = f"""
DELETE FROM outbox_pending;
INSERT INTO outbox_pending (bucket, stream, subject, sequence)
SELECT 0, '{REFERENCE_STREAM}', kind || '/' || key, version FROM reference_version WHERE version = 1
"""  # noqa: S608 - the stream's name is ours


@dataclass(frozen=True, slots=True)
class SystemDatabases:
    """Their addresses."""

    intake: str
    processing: str
    stats: str

    async def renew(self) -> None:
        """As they were made."""
        await asyncio.gather(
            *(_renew(getattr(self, service), metadata) for service, metadata in _TABLES.items())
        )


def system_databases(server: PostgresServer, fresh_database: FreshDatabase) -> SystemDatabases:
    """Databases of the test's own. The province's reference data is published and has reached nobody."""
    addresses = {}
    for service in _TABLES:
        address = fresh_database(server.template(f"system_{service}", _Preparation(service)))
        name = address.partition("?")[0].rpartition("/")[2]
        server.execute(f"COMMENT ON DATABASE \"{name}\" IS '{DEMO_MARK}'")
        addresses[service] = address
    return SystemDatabases(**addresses)


@contextmanager
def lasting_databases(server: PostgresServer) -> Iterator[SystemDatabases]:
    """The same for several tests of a module."""
    with fresh_databases(server) as fresh_database:
        yield system_databases(server, fresh_database)


class _Preparation:
    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(self, dsn: str) -> None:
        with ThreadPoolExecutor(1) as thread:  # it runs a loop of its own
            thread.submit(asyncio.run, self._fill(dsn)).result()

    async def _fill(self, dsn: str) -> None:
        engine = create_engine(dsn, application_name="test")
        async with engine.begin() as connection:
            await connection.run_sync(_TABLES[self._service].create_all)
            for statement in history_partitions() if self._service != "stats" else ():
                await connection.execute(text(statement))
        if self._service == "intake":
            await SqlReferenceStore(engine).publish(publications(), by="seed", at=at("2023-01-01"))
        await engine.dispose()


async def _renew(dsn: str, metadata: MetaData) -> None:
    tables = [table.name for table in reversed(metadata.sorted_tables)]
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(";".join(_deletions(tables)))
    finally:
        await connection.close()


def _deletions(tables: Iterable[str]) -> Iterable[str]:
    for table in tables:
        if table == "outbox_pending" and "reference_head" in tables:
            yield _PENDING_AS_MADE
        elif table == "reference_version" and "reference_head" in tables:
            yield "DELETE FROM reference_version WHERE version > 1"
        elif table not in {"reference_head", "catalogue_entry"}:
            yield f"DELETE FROM {table}"  # noqa: S608 - our own tables
