"""Engines and the demo mark, on a real PostgreSQL."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database import DemoMarkError, check_demo_mark, create_engine, mark_demo
from tests.support.postgres import FreshDatabase


@pytest.fixture
async def engine(fresh_database: FreshDatabase) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(fresh_database(), application_name="motcua test", connections=2)
    yield engine
    await engine.dispose()


async def test_connections_are_named_and_speak_utc(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        row = await connection.execute(
            text("SELECT current_setting('application_name'), current_setting('timezone')")
        )
        assert tuple(row.one()) == ("motcua test", "UTC")


async def test_an_error_does_not_repeat_values(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        with pytest.raises(Exception, match="division") as raised:
            await connection.execute(text("SELECT 1 / :zero, :who"), {"zero": 0, "who": "Nguyễn Văn A"})
        assert "Nguyễn" not in str(raised.value)


async def test_an_empty_database_can_become_a_demos(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        with pytest.raises(DemoMarkError, match="not a demo's"):
            await check_demo_mark(connection, demo=True)
        await mark_demo(connection)
        await mark_demo(connection)
        await check_demo_mark(connection, demo=True)
        with pytest.raises(DemoMarkError, match="is a demo's"):
            await check_demo_mark(connection, demo=False)


async def test_real_data_never_becomes_a_demos(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE dossier (code text)"))
    async with engine.connect() as connection:
        await mark_demo(connection)
        await check_demo_mark(connection, demo=False)
        with pytest.raises(DemoMarkError):
            await check_demo_mark(connection, demo=True)
