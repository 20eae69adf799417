"""Every service's revisions lead exactly to the tables its code declares, and back."""

import asyncio
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from alembic import command
from alembic.config import Config

from services.console import preparation
from services.console.failures import CommandError
from services.console.run_folder import RunFolder
from shared.log.address import open_log
from shared.log.port import REFERENCE_STREAM, STREAMS, Record
from shared.variables import SERVICES, database_variable
from tests.support.postgres import FreshDatabase

INI = Path(__file__).resolve().parents[3] / "alembic.ini"


def configured(service: str, dsn: str) -> Config:
    config = Config(INI, ini_section=service)
    config.attributes["dsn"] = dsn
    return config


@pytest.mark.parametrize("service", SERVICES)
def test_revisions_and_declared_tables_agree(service: str, fresh_database: FreshDatabase) -> None:
    config = configured(service, fresh_database())
    command.upgrade(config, "head")
    command.check(config)


@pytest.mark.parametrize("service", SERVICES)
def test_every_revision_can_be_taken_back(service: str, fresh_database: FreshDatabase) -> None:
    config = configured(service, fresh_database())
    command.upgrade(config, "head")
    command.downgrade(config, "base")
    command.upgrade(config, "head")


def test_two_starts_at_once_do_not_collide(fresh_database: FreshDatabase) -> None:
    dsn = fresh_database()
    program = (
        "import sys; from alembic import command; from alembic.config import Config;"
        "config = Config(sys.argv[1], ini_section='stats'); config.attributes['dsn'] = sys.argv[2];"
        "command.upgrade(config, 'head')"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(INI), dsn], stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    ended = [process.communicate()[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], ended


def test_a_database_of_the_other_kind_is_left_alone(fresh_database: FreshDatabase) -> None:
    environment = {database_variable(service): fresh_database() for service in SERVICES}
    environment["MOTCUA_LOG_URL"] = fresh_database()
    preparation.migrate(environment)
    assert preparation.seed_reference_data(environment) > 60
    assert preparation.seed_reference_data(environment) == 0
    with pytest.raises(CommandError, match=r"^MOTCUA_INTAKE_DATABASE_URL: .* not a demo's"):
        preparation.migrate(environment | {"MOTCUA_DEMO": "true"})


async def test_new_databases_do_not_take_over_the_log_of_others(fresh_database: FreshDatabase) -> None:
    def environment(log: str) -> dict[str, str]:
        return {database_variable(service): fresh_database() for service in SERVICES} | {
            "MOTCUA_LOG_URL": log
        }

    log = fresh_database()
    owner = environment(log)
    await asyncio.to_thread(preparation.migrate, owner)
    await asyncio.to_thread(preparation.seed_reference_data, owner)
    opened = open_log(log)
    await opened.append(REFERENCE_STREAM, [Record("calendar", b"")])
    await opened.close()

    await asyncio.to_thread(preparation.migrate, owner)
    with pytest.raises(CommandError, match=r"^MOTCUA_LOG_URL: .* of another installation"):
        await asyncio.to_thread(preparation.migrate, environment(log))


async def test_databases_that_were_put_back_do_not_go_on_with_their_log(
    fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    environment = {database_variable(service): fresh_database() for service in SERVICES}
    environment["MOTCUA_LOG_URL"] = fresh_database()
    await asyncio.to_thread(preparation.migrate, environment)
    opened = open_log(environment["MOTCUA_LOG_URL"])
    folder = RunFolder(tmp_path)
    assert folder.overtaken_logs() == frozenset()
    folder.note_overtaken_logs([await opened.epoch(stream) for stream in STREAMS])
    await opened.close()

    def migrate() -> None:
        preparation.migrate(environment, overtaken_logs=folder.overtaken_logs())

    with pytest.raises(CommandError, match=r"^MOTCUA_LOG_URL: .* remembers what came after it"):
        await asyncio.to_thread(migrate)
    environment["MOTCUA_LOG_URL"] = fresh_database()
    await asyncio.to_thread(migrate)


@pytest.mark.parametrize("service", ["intake", "processing"])
async def test_history_is_only_ever_added_to(service: str, fresh_database: FreshDatabase) -> None:
    dsn = fresh_database()
    await asyncio.to_thread(command.upgrade, configured(service, dsn), "head")
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(
            "INSERT INTO history (filed_on, code, sequence, type, occurred_at, actor, salt, data, format,"
            " previous_hash, hash) VALUES ('2023-05-15', 'H41.SCT-230515-0001', 1, 'filed', now(), 'an',"
            " '', '{}', 1, '', '')"
        )
        for change in (
            "UPDATE history SET actor = 'binh'",
            "UPDATE history_2023 SET actor = 'binh'",
            "DELETE FROM history",
            "DELETE FROM history_2023",
        ):
            with pytest.raises(asyncpg.RestrictViolationError, match="only ever added to"):
                await connection.execute(change)
        assert await connection.fetchval("SELECT actor FROM history") == "an"
    finally:
        await connection.close()
