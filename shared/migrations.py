"""How the tables of a service are brought up to date; each service's `migrations/env.py` calls this."""

import asyncio
import os
from typing import Any

from alembic import context
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from shared.database import sqlalchemy_url
from shared.variables import database_variable

# Two starts at once must not change the same tables.
_LOCK = "SELECT pg_advisory_lock(hashtextextended('motcua migrations', 0))"
# A change that waits for a long transaction makes everybody wait behind it: rather fail and come again.
_LOCK_TIMEOUT = "SET lock_timeout = '5s'"


def run_migrations(service: str, metadata: MetaData) -> None:
    """Bring the database up to the revision that Alembic was asked for, one transaction a revision.

    Its address is the attribute `dsn` of Alembic's configuration, else MOTCUA_<SERVICE>_DATABASE_URL.
    """
    if context.is_offline_mode():
        context.configure(dialect_name="postgresql", target_metadata=metadata, literal_binds=True)
        with context.begin_transaction():
            context.run_migrations()
        return
    dsn = context.config.attributes.get("dsn") or os.environ[database_variable(service)]
    asyncio.run(_migrate(dsn, metadata))


async def _migrate(dsn: str, metadata: MetaData) -> None:
    engine = create_async_engine(
        sqlalchemy_url(dsn),
        poolclass=NullPool,
        connect_args={"server_settings": {"application_name": "motcua migrations"}},
    )
    try:
        async with engine.connect() as connection:
            await connection.execute(text(_LOCK))
            await connection.execute(text(_LOCK_TIMEOUT))
            await connection.commit()
            await connection.run_sync(_run, metadata)
    finally:
        await engine.dispose()


def _run(connection: Connection, metadata: MetaData) -> None:
    partitions = frozenset(
        connection.scalars(text("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'"))
    )
    connection.commit()

    def include(name: str | None, kind: str, _parents: Any) -> bool:
        # Partitions are made by hand in a revision: the tables' definitions do not know them.
        return not (kind == "table" and name in partitions)

    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_name=include,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
