"""Processing's own tables with a calendar and an agency tree, ready to be copied."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.processing_service.adapters.openings import open_cases
from services.processing_service.adapters.reference import SqlReferenceStore
from services.processing_service.adapters.tables import metadata
from services.processing_service.application.reference import ReferenceData
from services.processing_service.messaging.cases import CasesReaction
from services.processing_service.messaging.reference import ReferenceReaction
from shared.database import create_engine
from shared.events.envelope import Envelope, reference_event_name
from shared.events.reference import ReferenceKind
from shared.journal.tables import history_partitions
from shared.sealing import Sealer
from tests.support.acceptances import SEALING_KEY, TREE
from tests.support.calendars import DEFINITION, at
from tests.support.postgres import FreshDatabase, PostgresServer


def processing_database(server: PostgresServer, fresh_database: FreshDatabase) -> str:
    """The address of a database of the test's own."""
    with ThreadPoolExecutor(1) as thread:  # the preparation runs a loop of its own
        template = server.template(
            "processing", lambda dsn: thread.submit(asyncio.run, _make_tables(dsn)).result()
        )
    return fresh_database(template)


def reference_event(kind: ReferenceKind, version: int, item: BaseModel) -> Envelope:
    """A version of the calendar or the tree as it travels."""
    return Envelope(
        id=f"{kind}/province/{version}",
        source="/intake",
        type=reference_event_name(kind),
        subject=f"{kind}/province",
        time=at("2023-01-01"),
        sequence=version,
        data=item.model_dump(mode="json"),
    )


async def open_dossiers(engine: AsyncEngine, events: Sequence[Envelope]) -> None:
    """One batch, in one transaction, as the consumer does."""
    reference = ReferenceData(SqlReferenceStore(engine))
    reaction = CasesReaction(open_cases, reference, Sealer.derived(SEALING_KEY))
    async with engine.begin() as connection:
        await reaction.apply(connection, events)


async def publish(engine: AsyncEngine, *events: Envelope) -> None:
    """Reference data, as the consumer takes it in."""
    async with engine.begin() as connection:
        await ReferenceReaction().apply(connection, events)


async def _make_tables(dsn: str) -> None:
    engine = create_engine(dsn, application_name="test")
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        for statement in history_partitions():
            await connection.execute(text(statement))
    await publish(
        engine,
        reference_event(ReferenceKind.CALENDAR, 1, DEFINITION),
        reference_event(ReferenceKind.AGENCIES, 1, TREE),
    )
    await engine.dispose()
