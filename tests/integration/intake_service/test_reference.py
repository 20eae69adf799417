"""Versions are published once, in order, with their pending mark, and reach every process."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.intake_service.adapters.reference import SqlReferenceStore
from services.intake_service.application.reference import PROVINCE_KEY, Publication, ReferenceData
from shared.errors import StaleVersionError, UnavailableError
from shared.events.reference import REFERENCE_MODELS, ReferenceKind
from shared.journal.writer import bucket_of
from shared.schemas.reference import Procedure
from tests.support.calendars import DEFINITION, at
from tests.support.intake_database import intake_engine
from tests.support.postgres import FreshDatabase, PostgresServer

_NOW = at("2023-05-15 08:00")


@pytest.fixture
async def engine(
    postgres_server: PostgresServer, fresh_database: FreshDatabase
) -> AsyncIterator[AsyncEngine]:
    async with intake_engine(postgres_server, fresh_database) as opened:
        yield opened


@pytest.fixture
async def reference(engine: AsyncEngine) -> ReferenceData:
    data = ReferenceData(SqlReferenceStore(engine))
    await data.refresh()
    return data


def _calendar(version: int) -> Publication:
    definition = DEFINITION.model_copy(update={"version": version})
    return Publication(ReferenceKind.CALENDAR, PROVINCE_KEY, definition)


async def _next(engine: AsyncEngine, *publications: Publication) -> None:
    await SqlReferenceStore(engine).publish(publications, by="test|admin", at=_NOW)


async def test_a_publication_reaches_another_process(engine: AsyncEngine, reference: ReferenceData) -> None:
    assert reference.calendar.version == 1
    await _next(engine, _calendar(2))
    await reference.refresh()
    assert reference.calendar.version == 2


async def test_every_version_is_pending_for_the_log(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT kind, key, version, data FROM reference_version ORDER BY kind, key")
        )
        versions = {(f"{kind}/{key}", version): (kind, data) for kind, key, version, data in rows}
        pending = await connection.execute(
            text("SELECT subject, sequence, bucket FROM outbox_pending WHERE stream = 'reference'")
        )
        marks = {(subject, sequence): bucket for subject, sequence, bucket in pending}
    assert marks == {key: bucket_of(key[0]) for key in versions}
    for (_, version), (kind, data) in versions.items():
        assert REFERENCE_MODELS[ReferenceKind(kind)].model_validate(data).version == version


@pytest.mark.parametrize("version", [1, 3, 17])
async def test_only_the_next_version_is_taken(
    engine: AsyncEngine, reference: ReferenceData, version: int
) -> None:
    agencies = Publication(
        ReferenceKind.AGENCIES, PROVINCE_KEY, reference.tree.model_copy(update={"version": 2})
    )
    with pytest.raises(StaleVersionError):
        await _next(engine, agencies, _calendar(version))
    await reference.refresh()
    assert (reference.calendar.version, reference.tree.version) == (1, 1)


async def test_of_many_who_publish_the_same_version_one_wins(engine: AsyncEngine) -> None:
    outcomes = await asyncio.gather(*(_next(engine, _calendar(2)) for _ in range(8)), return_exceptions=True)
    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, StaleVersionError) for outcome in outcomes) == 7


async def test_no_publication_is_missed_whatever_the_order_of_commits(
    engine: AsyncEngine, reference: ReferenceData
) -> None:
    """A reader polls while several writers publish; each version must arrive, each once."""
    codes = [procedure.code for procedure in reference.procedures().values()][:8]
    done = asyncio.Event()

    async def publish(code: str) -> None:
        for version in range(2, 12):
            procedure = reference.procedure(code)
            assert procedure is not None
            item = procedure.model_copy(update={"version": version})
            await _next(engine, Publication(ReferenceKind.PROCEDURE, code, item))

    async def read() -> dict[str, list[int]]:
        store, revision = SqlReferenceStore(engine), 0
        seen: dict[str, list[int]] = {}
        while True:
            last_round = done.is_set()
            for stored in await store.newer_than(revision):
                seen.setdefault(stored.key, []).append(stored.version)
                revision = max(revision, stored.revision)
            if last_round:
                return seen
            await asyncio.sleep(0)

    reader = asyncio.create_task(read())
    await asyncio.gather(*(publish(code) for code in codes))
    done.set()
    seen = await reader
    assert {code: seen[code] for code in codes} == {code: list(range(1, 12)) for code in codes}


async def test_the_newest_version_in_force_on_a_day(engine: AsyncEngine, reference: ReferenceData) -> None:
    old = reference.procedure("2.000004")
    assert isinstance(old, Procedure)
    renamed = old.model_copy(update={"version": 2, "name_vi": "Tên mới", "valid_from": date(2024, 1, 1)})
    await _next(engine, Publication(ReferenceKind.PROCEDURE, old.code, renamed))
    await reference.refresh()
    for day, version in [(date(2023, 12, 31), 1), (date(2024, 1, 1), 2)]:
        found = reference.procedure_on(old.code, day)
        assert found is not None
        assert found.version == version
    assert reference.procedure_on(old.code, date(2018, 12, 31)) is None
    assert reference.procedure_on("9.999999", date(2023, 5, 15)) is None
    newest = reference.procedure(old.code)
    assert newest is not None
    assert newest.version == 2


async def test_without_reference_data_nothing_is_guessed(
    postgres_server: PostgresServer, fresh_database: FreshDatabase
) -> None:
    async with intake_engine(postgres_server, fresh_database, seeded=False) as engine:
        data = ReferenceData(SqlReferenceStore(engine))
        await data.refresh()
        with pytest.raises(UnavailableError):
            _ = data.calendar
        with pytest.raises(UnavailableError):
            _ = data.tree
        assert data.procedures() == {}
