"""Processing on a real PostgreSQL: its parts by themselves, and its worker between two logs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from services.console.run_folder import DEMO_ISSUER, RunFolder
from services.processing_service.container import Container, build
from services.processing_service.settings import Settings
from shared.clock import SimulatedClock
from shared.database import DEMO_MARK
from tests.support.acceptances import SEALING_KEY
from tests.support.calendars import at
from tests.support.postgres import FreshDatabase, PostgresServer
from tests.support.processing_database import processing_database


@dataclass
class Service:
    """One process of processing, without its HTTP side."""

    container: Container
    settings: Settings
    clock: SimulatedClock

    async def rows(self, query: str, **values: Any) -> list[Any]:
        """What the database says."""
        async with self.container.engine.connect() as connection:
            return list((await connection.execute(text(query), values)).all())


@pytest.fixture
def settings(tmp_path: Path, postgres_server: PostgresServer, fresh_database: FreshDatabase) -> Settings:
    database = processing_database(postgres_server, fresh_database)
    name = database.split("?")[0].rsplit("/", 1)[1]
    postgres_server.execute(f"COMMENT ON DATABASE \"{name}\" IS '{DEMO_MARK}'")
    folder = RunFolder(tmp_path)
    folder.prepare()
    SimulatedClock(folder.business_clock).set(at("2023-05-15 09:00"))
    return Settings.model_validate(
        {
            "database_url": database,
            "log_url": fresh_database(),
            "object_store_url": folder.documents.as_uri(),
            "sealing_key": SEALING_KEY,
            "token_issuer": DEMO_ISSUER,
            "token_keys": str(folder.public_token_keys),
            "demo": True,
            "business_clock": folder.business_clock,
        }
    )


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    assert settings.business_clock is not None
    async with build(settings, application_name="test") as container:
        yield Service(container, settings, SimulatedClock(settings.business_clock))
