"""What consumers write and reports read, against the pure function that both rest on."""

import asyncio
from datetime import date
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.stats_service.adapters.projection import DossierProjection
from services.stats_service.adapters.roller import Roller
from services.stats_service.adapters.tables import cumulative, delta
from services.stats_service.domain.counters import COUNTER_NAMES
from shared.events.envelope import Envelope, UnreadableEventError
from shared.schemas.lifecycle import EventType
from tests.integration.stats_service.random_lives import agree, stories
from tests.support.backbone import rows
from tests.support.stats_database import apply
from tests.support.stories import Story, moment


def batches(events: list[Envelope], size: int) -> list[list[Envelope]]:
    return [events[start : start + size] for start in range(0, len(events), size)]


@pytest.fixture
async def told(stats_engine: AsyncEngine) -> list[Story]:
    """60 dossiers, applied day by day as they happened."""
    lives = stories(60)
    events = sorted((e for story in lives for e in story.events), key=lambda e: (e.time, e.sequence))
    for batch in batches(events, 40):
        await apply(stats_engine, batch)
    return lives


async def test_reports_see_what_was_applied_before_and_after_it_is_rolled_up(
    stats_engine: AsyncEngine, told: list[Story]
) -> None:
    await agree(stats_engine, told)
    roller = Roller(stats_engine, at_most=37)
    assert await roller.roll() == 37
    await agree(stats_engine, told)
    while await roller.roll():
        pass
    await agree(stats_engine, told)
    async with stats_engine.connect() as connection:
        assert (await connection.scalars(text("SELECT up_to FROM rolled"))).one() == (
            await connection.scalars(text("SELECT max(id) FROM delta"))
        ).one()


@pytest.mark.parametrize(
    "as_of", ["2023-05-14 23:00", "2023-05-18 11:00", "2023-06-05 23:59", "2023-06-06 10:00"]
)
@pytest.mark.parametrize("rolled", [False, True])
async def test_a_past_moment_forgets_what_was_recorded_later(
    stats_engine: AsyncEngine, told: list[Story], as_of: str, rolled: bool
) -> None:
    if rolled:
        await Roller(stats_engine).roll()
    await agree(stats_engine, told, as_of=moment(as_of))


async def test_the_order_and_the_size_of_batches_change_nothing(stats_engine: AsyncEngine) -> None:
    lives = stories(40, seed=2)
    shuffled = list(lives)
    Random(3).shuffle(shuffled)  # noqa: S311 - not for secrets
    for number, story in enumerate(shuffled):
        for batch in batches(story.events, 1 + number % 3):
            await apply(stats_engine, batch)
        if number % 10 == 0:
            await Roller(stats_engine, at_most=50).roll()
    await agree(stats_engine, lives)


async def test_a_correction_in_the_past_reaches_every_later_day(stats_engine: AsyncEngine) -> None:
    story = Story().file("2023-05-15").accept("2023-05-15", "2023-05-22").resolve("2023-05-18", "2023-05-22")
    await apply(stats_engine, story.events)
    await Roller(stats_engine).roll()
    story.annul("2023-06-20")
    await apply(stats_engine, story.events[-1:])
    await Roller(stats_engine).roll()
    await agree(stats_engine, [story])
    async with stats_engine.connect() as connection:
        corrections = await connection.execute(
            text("SELECT effective_on, resolved FROM delta WHERE correction AND resolved IS NOT NULL")
        )
        assert corrections.all() == [(date(2023, 5, 18), -1)]


async def test_the_roller_waits_for_deltas_that_are_not_committed(stats_engine: AsyncEngine) -> None:
    first, second = stories(2, seed=5)
    async with stats_engine.connect() as slow:
        await DossierProjection().apply(slow, first.events)
        rolling = asyncio.create_task(Roller(stats_engine).roll())
        await asyncio.sleep(0.2)
        assert not rolling.done()
        await slow.commit()
        await rolling
    await apply(stats_engine, second.events)
    await Roller(stats_engine).roll()
    await agree(stats_engine, [first, second])


async def test_counters_of_the_report_are_columns() -> None:
    for table in (cumulative, delta):
        assert set(COUNTER_NAMES) <= set(table.c.keys())


async def test_consumers_that_meet_new_cells_at_once_do_not_hinder_each_other(
    stats_engine: AsyncEngine,
) -> None:
    lives = stories(80, seed=11)
    async with asyncio.TaskGroup() as consumers:
        for start in range(0, len(lives), 20):
            events = [event for story in lives[start : start + 20] for event in story.events]
            consumers.create_task(apply(stats_engine, events))
    await agree(stats_engine, lives)


async def test_events_that_move_no_figure_leave_nothing(stats_engine: AsyncEngine) -> None:
    story = Story().file("2023-05-15").accept("2023-05-15", None)
    await apply(stats_engine, story.events)
    before = await rows(stats_engine, "SELECT count(*) FROM delta")
    story.add(EventType.ASSIGNED, "2023-05-16").add(EventType.STARTED, "2023-05-17")
    await apply(stats_engine, story.events[2:])
    assert await rows(stats_engine, "SELECT count(*) FROM delta") == before


async def test_what_nobody_can_read_is_refused_and_changes_nothing(stats_engine: AsyncEngine) -> None:
    story = Story().file("2023-05-15")
    unknown = story.events[0].model_copy(update={"type": "vn.motcua.dossier.sung.v1", "sequence": 2})
    broken = story.events[0].model_copy(update={"data": {}})
    for event in (unknown, broken):
        with pytest.raises(UnreadableEventError):
            await apply(stats_engine, [story.events[0], event])
    assert await rows(stats_engine, "SELECT code FROM dossier") == []


async def test_deltas_that_take_too_long_are_rolled_up_fewer_at_a_time(
    stats_engine: AsyncEngine, told: list[Story]
) -> None:
    hurried = create_async_engine(stats_engine.url, connect_args={"command_timeout": 0.3})
    roller = Roller(hurried, at_most=64)
    assert await roller.roll() == 64
    async with stats_engine.begin() as blocking:
        await blocking.execute(text("LOCK TABLE cumulative"))
        with pytest.raises(TimeoutError):
            await roller.roll()
    assert [await roller.roll() for _ in range(5)] == [8, 16, 32, 64, 64]
    await hurried.dispose()
    await agree(stats_engine, told)
