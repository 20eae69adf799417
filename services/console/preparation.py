"""What has to be in the databases before the services start: marks, tables, streams, reference data."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.ext.asyncio import AsyncConnection

from services.console.run_folder import LOG_VARIABLE
from services.intake_service.seed.loader import seed
from shared.clock import Clock, SimulatedClock, SystemClock
from shared.database import check_demo_mark, create_engine, mark_demo
from shared.log.address import open_log
from shared.variables import PREFIX, SERVICES, database_variable

_ALEMBIC = Path(__file__).resolve().parents[2] / "alembic.ini"


def migrate(environment: Mapping[str, str] = os.environ) -> None:
    """Bring the tables of every service and the streams of the log up to date.

    A new database is marked for a demo if this is one. Raises `DemoMarkError` before anything is changed
    in a database that is of the other kind.
    """
    asyncio.run(_check_marks(environment))
    for service in SERVICES:
        config = Config(_ALEMBIC, ini_section=service)
        config.attributes["dsn"] = environment[database_variable(service)]
        command.upgrade(config, "head")
    asyncio.run(_ensure_log(environment[LOG_VARIABLE]))


def seed_reference_data(environment: Mapping[str, str] = os.environ) -> int:
    """Publish what is missing of catalogue, agencies and calendar; the number of versions published."""
    return asyncio.run(_seed(environment))


async def _check_marks(environment: Mapping[str, str]) -> None:
    demo = environment.get(f"{PREFIX}DEMO", "").lower() in {"1", "true", "yes", "on"}
    addresses = [environment[database_variable(service)] for service in SERVICES]
    if environment[LOG_VARIABLE].startswith("postgresql:"):
        addresses.append(environment[LOG_VARIABLE])
    for address in addresses:
        async with _connected(address) as connection:
            if demo:
                await mark_demo(connection)
            await check_demo_mark(connection, demo=demo)


async def _ensure_log(address: str) -> None:
    log = open_log(address)
    try:
        await log.ensure_schema()
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


@asynccontextmanager
async def _connected(address: str) -> AsyncIterator[AsyncConnection]:
    engine = create_engine(address, application_name="motcua migrate", connections=1)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()
