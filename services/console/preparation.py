"""What has to be in the databases before the services start: marks, tables, streams, reference data."""

import asyncio
import os
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.console.failures import CommandError
from services.console.run_folder import DATABASE_VARIABLES, LOG_VARIABLE
from services.intake_service.seed.loader import seed
from shared.clock import Clock, SimulatedClock, SystemClock
from shared.database import DemoMarkError, check_demo_mark, create_engine, mark_demo
from shared.log.address import open_log
from shared.log.port import REFERENCE_STREAM, STREAMS, LogUnavailableError
from shared.variables import PREFIX, SERVICES, database_variable

_FOREIGN_LOG = (
    f"{LOG_VARIABLE}: this log holds the events of another installation, and these databases are new. "
    "Name another log; in Kafka, another prefix in its address will do (?prefix=...)."
)
_OVERTAKEN_LOG = (
    f"{LOG_VARIABLE}: these databases were put back to an older moment, and this log remembers what came "
    "after it. Name a new log; in Kafka, another prefix in its address will do (?prefix=...)."
)
_ALEMBIC = Path(__file__).resolve().parents[2] / "alembic.ini"


def migrate(environment: Mapping[str, str] = os.environ, *, overtaken_logs: Collection[str] = ()) -> None:
    """Bring the tables of every service and the streams of the log up to date.

    A new database is marked for a demo if this is one. Raises `CommandError` for a database or log that
    cannot be reached or refuses, and before anything is changed in a database that is of the other kind; also
    for a log that holds the events of other databases than these, or whose epoch is among `overtaken_logs`.
    """
    asyncio.run(_check_marks(environment))
    for service in SERVICES:
        variable = database_variable(service)
        config = Config(_ALEMBIC, ini_section=service)
        config.attributes["dsn"] = environment[variable]
        with _refusals_of(variable):
            command.upgrade(config, "head")
    with _refusals_of(LOG_VARIABLE):
        asyncio.run(_ensure_log(environment, overtaken_logs))


def seed_reference_data(environment: Mapping[str, str] = os.environ) -> int:
    """Publish what is missing of catalogue, agencies and calendar; the number of versions published.

    Raises `CommandError` as `migrate` does.
    """
    with _refusals_of(database_variable("intake")):
        return asyncio.run(_seed(environment))


async def _check_marks(environment: Mapping[str, str]) -> None:
    demo = environment.get(f"{PREFIX}DEMO", "").lower() in {"1", "true", "yes", "on"}
    for variable in DATABASE_VARIABLES:
        if not environment[variable].startswith("postgresql:"):
            continue
        with _refusals_of(variable):
            async with _connected(environment[variable]) as connection:
                if demo:
                    await mark_demo(connection)
                await check_demo_mark(connection, demo=demo)


async def _ensure_log(environment: Mapping[str, str], overtaken: Collection[str]) -> None:
    log = open_log(environment[LOG_VARIABLE])
    try:
        await log.ensure_schema()
        if any([await log.epoch(stream) in overtaken for stream in STREAMS]):
            raise CommandError(_OVERTAKEN_LOG)
        async with _connected(environment[database_variable("intake")]) as connection:
            # Reference data is what every installation writes first.
            written = await connection.scalar(text("SELECT EXISTS (SELECT FROM reference_version)"))
        if not written and any((await log.end_positions(REFERENCE_STREAM)).values()):
            raise CommandError(_FOREIGN_LOG)
    finally:
        await log.close()


async def _seed(environment: Mapping[str, str]) -> int:
    clock_file = environment.get(f"{PREFIX}BUSINESS_CLOCK")
    clock: Clock = SimulatedClock(Path(clock_file)) if clock_file else SystemClock()
    engine = create_engine(environment[database_variable("intake")], application_name="motcua seed")
    try:
        return await seed(engine, at=clock.now())
    finally:
        await engine.dispose()


@contextmanager
def _refusals_of(variable: str) -> Iterator[None]:
    """What is behind an address can be away, closed to us or of the wrong kind: no fault of the program."""
    try:
        yield
    except OSError as error:
        raise CommandError(f"{variable}: cannot be reached: {error.strerror or 'no answer'}") from error
    except (DemoMarkError, LogUnavailableError, asyncpg.PostgresError) as error:
        raise CommandError(f"{variable}: {error}") from error
    except DBAPIError as error:
        raise CommandError(f"{variable}: {(error.orig or error).__cause__ or error.orig}") from error


@asynccontextmanager
async def _connected(address: str) -> AsyncIterator[AsyncConnection]:
    engine = create_engine(address, application_name="motcua migrate", connections=1)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()
