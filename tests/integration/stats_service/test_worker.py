"""The worker on a real log: what is delivered twice or out of order changes no figure."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.stats_service.settings import Settings
from services.stats_service.worker import run
from shared.database import create_engine
from shared.events.envelope import Envelope
from shared.log.port import DOSSIER_STREAM, REFERENCE_STREAM, Record
from shared.log.postgres import PostgresLog
from tests.integration.stats_service.random_lives import agree, stories
from tests.support.backbone import eventually, record, running
from tests.support.postgres import FreshDatabase, PostgresServer
from tests.support.stats_database import procedure, stats_database, tree


@asynccontextmanager
async def worker(
    stats_dsn: str, log_dsn: str, folder: Path
) -> AsyncIterator[tuple[AsyncEngine, PostgresLog]]:
    settings = Settings.model_validate(
        {
            "database_url": stats_dsn,
            "log_url": log_dsn,
            "object_store_url": folder.as_uri(),
            "token_issuer": "nobody",
            "token_keys": str(folder / "keys"),
            "roll_every_seconds": 0.05,
        }
    )
    log = PostgresLog(log_dsn)
    await log.ensure_schema()
    engine = create_engine(stats_dsn, application_name="test")
    async with running(lambda stop: run(settings, stop)):
        yield engine, log
    await engine.dispose()
    await log.close()


def disturbed(events: list[Envelope], random: Random) -> list[Record]:
    """Everything twice, and shuffled within windows."""
    records = [record(event) for event in [*events, *events]]
    for start in range(0, len(records), 50):
        window = records[start : start + 50]
        random.shuffle(window)
        records[start : start + 50] = window
    return records


async def test_duplicates_and_reordering_leave_every_figure_unchanged(
    postgres_server: PostgresServer, fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    lives = stories(60, seed=7)
    events = sorted((e for story in lives for e in story.events), key=lambda e: (e.time, e.sequence))
    stats_dsn = stats_database(postgres_server, fresh_database)
    async with worker(stats_dsn, fresh_database(), tmp_path) as (engine, log):
        reference = [tree(("H41", None)), procedure("1.000001", "F1", "Một thủ tục")]
        await log.append(REFERENCE_STREAM, [record(event) for event in reference])
        await log.append(DOSSIER_STREAM, disturbed(events, Random(8)))  # noqa: S311 - not for secrets

        async def everything_is_rolled_up() -> bool:
            async with engine.connect() as connection:
                applied, waiting, behind = (
                    await connection.execute(
                        text("""
                        SELECT (SELECT sum(last_sequence) FROM consumed WHERE group_name = 'stats'),
                            (SELECT count(*) FROM held_event),
                            (SELECT coalesce(max(id), 0) FROM delta)
                                - (SELECT coalesce(max(up_to), 0) FROM rolled)
                        """)
                    )
                ).one()
            return (applied, waiting, behind) == (len(events) + len(reference), 0, 0)

        await eventually(everything_is_rolled_up)
        await agree(engine, lives)
