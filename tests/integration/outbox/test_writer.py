"""Writes that go together in one statement, and of which one cannot be done now."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import MetaData, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.failures import passes
from shared.history import ChainHead
from shared.journal import writer
from shared.journal.writer import JournalWriter
from tests.integration.outbox.test_watermarks import write_of
from tests.support.backbone import code, journal, rows

NINE = datetime(2023, 5, 15, 2, tzinfo=UTC)
"""In Vietnam."""


async def test_a_row_that_somebody_holds_delays_the_others_and_fails_alone(
    service: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_LOCK_TIMEOUT", "200ms")
    office = JournalWriter(service, journal(MetaData()))
    for number in (1, 2):
        await office.commit(write_of(number, NINE))
    async with service.connect() as somebody:
        await somebody.execute(text("SELECT 1 FROM dossier WHERE code = :code FOR UPDATE"), {"code": code(1)})
        head = ChainHead(1, b"")
        held, *others = await office.commit_all(
            [write_of(1, NINE, head), write_of(2, NINE, head), write_of(3, NINE)]
        )
    assert others == [None, None]
    assert isinstance(held, DBAPIError)
    assert passes(held)
    assert await rows(service, "SELECT code, version FROM dossier ORDER BY 1") == [
        (code(1), 1), (code(2), 2), (code(3), 1),
    ]  # fmt: skip
    await office.commit(write_of(1, NINE, head))


async def test_who_went_away_takes_nobody_along(
    service: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_LOCK_TIMEOUT", "200ms")
    office = JournalWriter(service, journal(MetaData()))
    await office.commit(write_of(1, NINE))
    async with service.connect() as somebody:
        await somebody.execute(text("SELECT 1 FROM dossier WHERE code = :code FOR UPDATE"), {"code": code(1)})
        gone = asyncio.ensure_future(office.commit(write_of(1, NINE, ChainHead(1, b""))))
        staying = asyncio.ensure_future(office.commit(write_of(2, NINE)))
        await asyncio.sleep(0.1)
        gone.cancel()
        await staying
