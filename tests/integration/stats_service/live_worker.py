"""A live worker of statistics on a log of its own, and how its tables are made anew."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.stats_service.rebuild import Rebuilt, rebuild
from shared.events.envelope import Envelope
from shared.log.port import DOSSIER_STREAM, REFERENCE_STREAM
from shared.log.postgres import PostgresLog
from tests.integration.stats_service.test_worker import worker
from tests.support.backbone import eventually, record, rows
from tests.support.postgres import FreshDatabase, PostgresServer
from tests.support.stats_database import procedure, stats_database, tree
from tests.support.stories import Story


class Live:
    """A database of statistics, the log it follows, and what the log tells."""

    def __init__(self, stats_dsn: str, log_dsn: str, engine: AsyncEngine, log: PostgresLog) -> None:
        self.stats_dsn = stats_dsn
        self.log_dsn = log_dsn
        self.engine = engine
        self.log = log
        self.told: list[Envelope] = []

    async def tell(self, events: Sequence[Envelope]) -> None:
        await self.log.append(DOSSIER_STREAM, [record(event) for event in events])
        self.told += events

    async def settle(self) -> None:
        await eventually(self._all_is_applied)

    async def _all_is_applied(self) -> bool:
        ((applied, behind),) = await rows(
            self.engine,
            "SELECT (SELECT coalesce(sum(last_sequence), 0) FROM consumed WHERE subject LIKE 'H41.%-%'),"
            " (SELECT coalesce(max(id), 0) FROM delta) - (SELECT coalesce(max(up_to), 0) FROM rolled)",
        )
        return bool(applied == len(self.told) and behind <= 0)

    async def rebuild(self, *, dry_run: bool = False) -> Rebuilt:
        return await rebuild(self.stats_dsn, self.log_dsn, _quietly, dry_run=dry_run)

    async def change(self, statement: str) -> None:
        async with self.engine.begin() as connection:
            for one in statement.split(";"):
                await connection.execute(text(one))


def _quietly(_doing: str, _done: int, _total: int | None) -> None: ...


@pytest.fixture
async def live(
    postgres_server: PostgresServer, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[Live]:
    stats_dsn, log_dsn = stats_database(postgres_server, fresh_database), fresh_database()
    async with worker(stats_dsn, log_dsn, tmp_path) as (engine, log):
        reference = [tree(("H41", None)), procedure("1.000001", "F1", "Một thủ tục")]
        await log.append(REFERENCE_STREAM, [record(event) for event in reference])
        yield Live(stats_dsn, log_dsn, engine, log)


def in_order(lives: Sequence[Story]) -> list[Envelope]:
    return sorted((e for story in lives for e in story.events), key=lambda e: (e.time, e.sequence))
