"""Readiness asks a real database, and which revisions count."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from shared.clock import Clock, SystemClock
from shared.readiness import DatabaseReadiness, NotReadyError, revisions
from shared.variables import SERVICES
from tests.support.postgres import FreshDatabase

Make = Callable[..., DatabaseReadiness]


@pytest.fixture
def dsn(fresh_database: FreshDatabase) -> str:
    return fresh_database()


@pytest.fixture
def make(dsn: str) -> Iterator[Make]:
    made: list[DatabaseReadiness] = []

    def readiness(*known: str, at: str = dsn, clock: Clock | None = None) -> DatabaseReadiness:
        made.append(DatabaseReadiness(at, known, clock))
        return made[-1]

    yield readiness
    for each in made:
        each.close()


class ClockAhead:
    """By some seconds, or behind with a minus."""

    def __init__(self, seconds: float) -> None:
        self._ahead = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return SystemClock().now() + self._ahead


async def set_revision(dsn: str, revision: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num text NOT NULL)")
    await connection.execute("DELETE FROM alembic_version")
    await connection.execute("INSERT INTO alembic_version VALUES ($1)", revision)
    await connection.close()


async def test_the_own_revision_and_a_later_one_serve_and_an_earlier_one_does_not(
    dsn: str, make: Make
) -> None:
    readiness = make("0001", "0002")
    with pytest.raises(NotReadyError, match="never made"):
        await readiness.check()
    await set_revision(dsn, "0001")
    with pytest.raises(NotReadyError, match="0001, older than 0002"):
        await readiness.check()
    for revision in ("0002", "0003"):
        await set_revision(dsn, revision)
        await readiness.check()


async def test_a_database_that_is_away_is_told_without_its_address(make: Make) -> None:
    away = make("0001", at="postgresql://motcua:secret@127.0.0.1:1/motcua")
    with pytest.raises(NotReadyError) as told:
        await away.check()
    assert "secret" not in str(told.value)
    assert "127.0.0.1" not in str(told.value)


async def test_a_lost_connection_is_made_again(dsn: str, make: Make) -> None:
    await set_revision(dsn, "0001")
    readiness = make("0001")
    await readiness.check()
    other = await asyncpg.connect(dsn)
    await other.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'motcua readiness' AND datname = current_database()"
    )
    await other.close()
    with pytest.raises(NotReadyError):
        await readiness.check()
    await readiness.check()


@pytest.mark.parametrize("service", SERVICES)
def test_the_revisions_of_a_service_are_those_of_its_migrations(service: str) -> None:
    script = ScriptDirectory.from_config(Config("alembic.ini", ini_section=service))
    in_order = [each.revision for each in script.walk_revisions()][::-1]
    assert list(revisions(Path(script.versions))) == in_order


async def test_a_clock_that_is_more_than_half_a_minute_off_is_told(dsn: str, make: Make) -> None:
    await set_revision(dsn, "0001")
    for seconds in (-20, 20):
        await make("0001", clock=ClockAhead(seconds)).check()
    for seconds, told in ((-3_600, r"-3600 s"), (86_400, r"\+86400 s")):
        with pytest.raises(NotReadyError, match=told):
            await make("0001", clock=ClockAhead(seconds)).check()
