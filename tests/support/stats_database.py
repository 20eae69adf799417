"""A database of statistics, empty, ready to be copied; and short ways to fill it."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.stats_service.adapters.projection import DossierProjection
from services.stats_service.adapters.reference import ReferenceReaction
from services.stats_service.adapters.tables import metadata
from shared.database import create_engine
from shared.events.envelope import Envelope, reference_event_name
from shared.events.reference import ReferenceKind
from tests.support.postgres import FreshDatabase, PostgresServer

_FROM = date(2020, 1, 1)


def stats_database(server: PostgresServer, fresh_database: FreshDatabase) -> str:
    """The address of a database of the test's own."""
    with ThreadPoolExecutor(1) as thread:  # the preparation runs a loop of its own
        template = server.template(
            "stats_empty", lambda dsn: thread.submit(asyncio.run, _make_tables(dsn)).result()
        )
    return fresh_database(template)


@pytest.fixture
async def stats_engine(
    postgres_server: PostgresServer, fresh_database: FreshDatabase
) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(stats_database(postgres_server, fresh_database), application_name="test")
    yield engine
    await engine.dispose()


async def apply(engine: AsyncEngine, events: Sequence[Envelope]) -> None:
    """One batch, in one transaction, as the consumer does."""
    async with engine.begin() as connection:
        await DossierProjection().apply(connection, events)


async def apply_reference(engine: AsyncEngine, events: Sequence[Envelope]) -> None:
    async with engine.begin() as connection:
        await ReferenceReaction().apply(connection, events)


def tree(*agencies: tuple[str, str | None], version: int = 1, desks: Iterable[str] = ()) -> Envelope:
    """A version of the agency tree: codes and parents, all in force since 2020."""
    return _reference(
        ReferenceKind.AGENCIES,
        "agencies",
        version,
        {
            "version": version,
            "agencies": [
                {
                    "code": code,
                    "name_vi": f"Sở {code}",
                    "parent": parent,
                    "valid_from": _FROM,
                    "valid_to": None,
                }
                for code, parent in agencies
            ],
            "desks": [{"code": code, "name_vi": f"Quầy {code}", "agencies": None} for code in desks],
        },
    )


def procedure(code: str, field: str, name: str, version: int = 1) -> Envelope:
    return _reference(
        ReferenceKind.PROCEDURE,
        code,
        version,
        {
            "code": code,
            "version": version,
            "name_vi": name,
            "name_en": None,
            "field": field,
            "online_level": "full",
            "channels": ["counter", "online", "postal"],
            "competent": [],
            "valid_from": _FROM,
            "valid_to": None,
            "duration_known": True,
            "cases": [],
            "components": [],
        },
    )


def _reference(kind: ReferenceKind, key: str, version: int, data: dict[str, Any]) -> Envelope:
    return Envelope(
        id=f"{key}/{version}",
        source="/intake",
        type=reference_event_name(kind),
        subject=key,
        time=datetime(2023, 1, 1, tzinfo=UTC),
        sequence=version,
        data=json.loads(json.dumps(data, default=str)),
    )


async def _make_tables(dsn: str) -> None:
    engine = create_engine(dsn, application_name="test")
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await engine.dispose()
