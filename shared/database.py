"""How every service talks to its database: one engine per process, names of constraints that never change."""

from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

# Without names of our own PostgreSQL invents them, and a later migration cannot name what it drops.
NAMING_CONVENTION = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

DEMO_MARK = "motcua.demo"


def new_metadata() -> MetaData:
    """The metadata of one service's tables."""
    return MetaData(naming_convention=NAMING_CONVENTION)


def sqlalchemy_url(dsn: str) -> str:
    """`postgresql://…`, as settings hold it, for SQLAlchemy."""
    return dsn.replace("postgresql://", "postgresql+asyncpg://", 1)


def create_engine(dsn: str, *, application_name: str, connections: int = 10) -> AsyncEngine:
    """An engine that opens up to `connections` connections, each named in `pg_stat_activity`.

    It belongs to one event loop; whoever makes it disposes of it. A statement that runs for 30 s is ended.
    """
    return create_async_engine(
        sqlalchemy_url(dsn),
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
            "server_settings": {"application_name": application_name, "timezone": "UTC"},
        },
    )


class DemoMarkError(Exception):
    """A demo was to run on real data, or a real installation on a demo's."""


async def check_demo_mark(connection: AsyncConnection, *, demo: bool) -> None:
    """Raises `DemoMarkError` unless the database was marked for a demo exactly if this is one.

    The mark is a setting of the database itself (`ALTER DATABASE … SET motcua.demo = 'on'`): it needs no
    table, and no dump of the tables carries it elsewhere.
    """
    row = await connection.execute(
        text("SELECT current_database(), coalesce(current_setting(:mark, true), '') = 'on'"),
        {"mark": DEMO_MARK},
    )
    database, marked = row.one()
    if marked != demo:
        kind = "a demo's" if marked else "not a demo's"
        raise DemoMarkError(f"database {database} is {kind}, and this process runs with demo={demo}")
