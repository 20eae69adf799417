"""A process follows the reference data through an outage, and stops at a bug."""

import asyncio

import pytest

from services.intake_service.application.reference import PROVINCE_KEY, ReferenceData, StoredVersion
from shared.events.reference import ReferenceKind
from shared.timers import repeating
from tests.support.calendars import DEFINITION


class _Store:
    """Fails as told, then has a calendar."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.asked_again = asyncio.Event()

    async def newer_than(self, revision: int) -> list[StoredVersion]:
        if self.failures:
            raise self.failures.pop(0)
        data = DEFINITION.model_dump_json()
        stored = StoredVersion(ReferenceKind.CALENDAR, PROVINCE_KEY, 1, data, revision=1)
        if revision:
            self.asked_again.set()
        return [] if revision else [stored]

    async def publish(self, *_: object, **__: object) -> None:
        raise NotImplementedError


async def test_an_outage_passes() -> None:
    store = _Store(ConnectionRefusedError(), TimeoutError())
    data = ReferenceData(store)
    async with repeating("reference", 0.001, data.refresh), asyncio.timeout(5):
        await store.asked_again.wait()
    assert data.calendar.version == 1


async def test_a_bug_is_raised() -> None:
    with pytest.raises(KeyError):
        async with repeating("reference", 0.001, ReferenceData(_Store(KeyError())).refresh):
            await asyncio.sleep(0.01)


async def test_refreshes_at_the_same_time_take_each_version_once() -> None:
    class Procedures(_Store):
        async def newer_than(self, revision: int) -> list[StoredVersion]:
            await asyncio.sleep(0)
            stored = StoredVersion(ReferenceKind.PROCEDURE, "2.000004", 1, "{}", revision=1)
            return [] if revision else [stored]

    data = ReferenceData(Procedures())
    await asyncio.gather(data.refresh(), data.refresh(), data.refresh())
    assert len(data._procedures["2.000004"]._versions) == 1
