"""How every service talks to its database: one engine per process, names of constraints that never change."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.observability.process_metrics import PoolMetrics, WatchedPool
from shared.settings import BaseServiceSettings

# Without names of our own PostgreSQL invents them, and a later migration cannot name what it drops.
NAMING_CONVENTION = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

DEMO_MARK = "motcua demo"


def new_metadata() -> MetaData:
    """The metadata of one service's tables."""
    return MetaData(naming_convention=NAMING_CONVENTION)


def sqlalchemy_url(dsn: str) -> str:
    """`postgresql://…`, as settings hold it, for SQLAlchemy."""
    return dsn.replace("postgresql://", "postgresql+asyncpg://", 1)


# Statistics are mostly taken while the tables are near empty, and plans are kept: a statement about a few
# rows would go on reading whole tables long after they have grown.
_BY_KEY = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off"}


def create_engine(
    dsn: str, *, application_name: str, connections: int = 10, by_key: bool = False
) -> AsyncEngine:
    """An engine that opens up to `connections` connections, each named in `pg_stat_activity`.

    It belongs to one event loop; whoever makes it disposes of it. A statement that runs for 30 s is ended.
    With `by_key` every statement finds its rows through an index wherever there is one.
    """
    return create_async_engine(
        sqlalchemy_url(dsn),
        poolclass=WatchedPool,
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,  # what a failing statement held may be personal data
        pool_timeout=5,  # a caller who waits longer is better told to come again
        pool_recycle=1800,
        pool_use_lifo=True,  # what is idle stays idle, and is given back to the server
        # No ping before use: it would double the round trips of a short call. A restart of the server costs
        # the callers of that moment an error, and the pool opens anew.
        pool_pre_ping=False,
        connect_args={
            "timeout": 5,
            "command_timeout": 30,
            "server_settings": {
                "application_name": application_name,
                "timezone": "UTC",
                # What one statement sees must be as of its own beginning: watermarks rest on it.
                "default_transaction_isolation": "read committed",
                **(_BY_KEY if by_key else {}),
            },
        },
    )


@asynccontextmanager
async def connected(
    settings: BaseServiceSettings, *, application_name: str, by_key: bool = False
) -> AsyncIterator[AsyncEngine]:
    """A service's engine, disposed of at the end. Raises `DemoMarkError` for a database of the other kind."""
    engine = create_engine(
        settings.database_url.get_secret_value(),
        application_name=application_name,
        connections=settings.database_connections,
        by_key=by_key,
    )
    try:
        async with engine.connect() as connection:
            await check_demo_mark(connection, demo=settings.demo)
        with PoolMetrics(application_name, engine):
            yield engine
    finally:
        await engine.dispose()


class DemoMarkError(Exception):
    """A demo was to run on real data, or a real installation on a demo's."""


async def check_demo_mark(connection: AsyncConnection, *, demo: bool) -> None:
    """Raises `DemoMarkError` unless the database was marked for a demo exactly if this is one.

    The mark is the comment on the database: it needs no table, and whoever lists databases sees it.
    """
    row = await connection.execute(
        text(
            "SELECT datname, shobj_description(oid, 'pg_database') IS NOT DISTINCT FROM :mark"
            " FROM pg_database WHERE datname = current_database()"
        ),
        {"mark": DEMO_MARK},
    )
    database, marked = row.one()
    if marked != demo:
        kind = "a demo's" if marked else "not a demo's"
        raise DemoMarkError(f"database {database} is {kind}, and this process runs with demo={demo}")


async def mark_demo(connection: AsyncConnection) -> None:
    """Mark the database for a demo if it is still without any table: real data never becomes a demo's."""
    tables = await connection.scalar(
        text(
            "SELECT count(*) FROM pg_class"
            " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
        )
    )
    if tables == 0:
        name = await connection.scalar(text("SELECT quote_ident(current_database())"))
        await connection.execute(text(f"COMMENT ON DATABASE {name} IS '{DEMO_MARK}'"))
        await connection.commit()
