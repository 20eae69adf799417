"""`motcua verify` on a running system: nothing to say of a sound one, and an exit status for every lie."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from services.console.main import app
from services.console.run_folder import LOG_VARIABLE, RunFolder
from shared.settings import BaseServiceSettings
from shared.variables import database_variable
from tests.support.calendars import at
from tests.support.clients import Tokens
from tests.support.live_system import serving_live
from tests.support.population import STANDINGS, populate
from tests.support.postgres import PostgresServer
from tests.support.system import running
from tests.support.system_databases import SystemDatabases, lasting_databases


@dataclass(frozen=True, slots=True)
class Province:
    """A running system with dossiers in every standing, all of them counted."""

    folder: Path
    databases: SystemDatabases

    def verify(self, *more: str) -> tuple[int, dict[str, Any]]:
        """Exit status and verdict."""
        told = CliRunner().invoke(app, ["verify", "--data", str(self.folder), "--format", "json", *more])
        return told.exit_code, json.loads(told.stdout)

    def verify_with(self, service: str, table: str, change: str) -> tuple[int, dict[str, Any]]:
        """The same while some rows were changed behind everybody's back."""
        return asyncio.run(self._verify_with(getattr(self.databases, service), table, change))

    async def _verify_with(self, dsn: str, table: str, change: str) -> tuple[int, dict[str, Any]]:
        async with _changed(dsn, table, change):
            return await asyncio.to_thread(self.verify)


@asynccontextmanager
async def _changed(dsn: str, table: str, change: str) -> AsyncIterator[None]:
    # Only who stands above all rights can change a history at all.
    connection = await asyncpg.connect(dsn, server_settings={"session_replication_role": "replica"})
    try:
        await connection.execute(f"CREATE TEMPORARY TABLE kept AS TABLE {table}")
        try:
            assert await connection.execute(change) != "UPDATE 0"
            yield
        finally:
            await connection.execute(f"TRUNCATE {table}")
            await connection.execute(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE kept")
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def province(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    folder = RunFolder(tmp_path_factory.mktemp("province"))
    tokens = Tokens(folder)
    with lasting_databases(postgres_server) as databases, pytest.MonkeyPatch.context() as environment:
        settings = asyncio.run(_lived_through(databases, folder, tokens))
        for service in settings:
            environment.setenv(database_variable(service), getattr(databases, service))
        environment.setenv(LOG_VARIABLE, databases.intake)
        with (
            serving_live(settings) as address,
            folder.claimed(),
            folder.announced(address, log_url=settings["intake"].log_url.get_secret_value()),
        ):
            yield Province(folder.path, databases)


async def _lived_through(
    databases: SystemDatabases, folder: RunFolder, tokens: Tokens
) -> dict[str, BaseServiceSettings]:
    async with running(databases, folder, tokens, at("2023-05-15 09:00")) as system:
        await populate(system, STANDINGS)
        await system.settle()
        while await system.workers.roller.roll():
            pass
        return dict(system.settings)


def test_a_sound_system_is_found_sound(province: Province) -> None:
    status, verdict = province.verify()
    assert status == 0, verdict
    assert (verdict["sound"], verdict["start"], verdict["end"]) == (True, "2023-05-15", "2023-05-15")
    assert verdict["dossiers"] == len(STANDINGS)
    assert verdict["figures"] > 100
    assert province.verify("--from", "2023-05-01", "--as-of", "2023-05-15T09:00:00+07:00")[0] == 0


def test_a_figure_that_was_changed_is_found(province: Province) -> None:
    status, verdict = province.verify_with(
        "stats", "delta", "UPDATE delta SET early = 0, late = 1 WHERE early = 1"
    )
    assert status == 1
    assert {(each["figure"], each["recounted"], each["stated"]) for each in verdict["differences"]} == {
        ("early", 3, 0),
        ("late", 0, 3),
    }


def test_a_report_that_differs_from_its_cells_is_found(province: Province) -> None:
    both = "UPDATE cumulative SET received = received + 1, under_processing = under_processing + 1"
    status, verdict = province.verify_with("stats", "cumulative", both)
    assert status == 1
    assert {each["where"].partition(" ")[0] for each in verdict["differences"]} == {"report"}


def test_a_report_that_breaks_an_identity_is_found(province: Province) -> None:
    status, verdict = province.verify_with(
        "stats", "cumulative", "UPDATE cumulative SET received = received + 1"
    )
    assert status == 1
    assert all("identity breaks" in fault for fault in verdict["faults"])
    assert verdict["faults"]


def test_a_history_that_was_changed_is_found(province: Province) -> None:
    status, verdict = province.verify_with(
        "processing", "history", "UPDATE history SET actor = 'somebody else' WHERE type = 'resolved'"
    )
    assert status == 1
    assert len(verdict["faults"]) == 3
    assert all("not those that were hashed" in fault for fault in verdict["faults"])
    assert verdict["differences"] == []


def test_a_changed_appointment_is_found(province: Province) -> None:
    status, verdict = province.verify_with(
        "processing",
        "history",
        """UPDATE history SET data = data || '{"appointment": "2023-05-23"}' WHERE type = 'resolved'""",
    )
    assert status == 1
    told = [fault for fault in verdict["faults"] if "hashed" not in fault]
    assert len(told) == 3
    assert all(fault.endswith("appointment 2023-05-23, the legal clock says 2023-05-22") for fault in told)
