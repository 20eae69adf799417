"""What is said to be complete is complete, whatever comes twice, late or in whichever order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from services.stats_service.adapters.arrivals import SqlArrivals
from services.stats_service.adapters.projection import DossierProjection
from services.stats_service.adapters.tables import metadata
from services.stats_service.application.reports import SOURCES
from shared.consumer import runner
from shared.consumer.runner import Consumer
from shared.events.envelope import Envelope
from shared.log.port import DOSSIER_STREAM
from shared.outbox.payloads import record_of
from shared.outbox.watermarks import announcement
from shared.schemas.lifecycle import EventType
from tests.support.backbone import rows
from tests.support.memory_log import MemoryLog
from tests.support.stories import Story, moment

START = moment("2023-05-15 08:00")
END = moment("2023-05-16 00:00")


@dataclass
class Road:
    """From two writers to the log: each sends the events of a dossier in order, all else in any order."""

    lives: Sequence[Story]
    log: MemoryLog = field(default_factory=lambda: MemoryLog("one"))
    unsent: list[Envelope] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SOURCES, 0))
    promised: dict[str, datetime] = field(default_factory=lambda: dict.fromkeys(SOURCES, START))

    def __post_init__(self) -> None:
        self.unsent = [event for life in self.lives for event in life.events]

    async def send(self, number: int) -> None:
        chosen = self.unsent[number % len(self.unsent)]
        place = chosen.source, chosen.subject
        first = next(event for event in self.unsent if (event.source, event.subject) == place)
        self.unsent.remove(first)
        await self.log.append(DOSSIER_STREAM, [record_of(first)])

    async def send_again(self, number: int) -> None:
        if self.log.records:
            stream, record = self.log.records[number % len(self.log.records)]
            await self.log.append(stream, [record])

    async def announce(self, source: str, partitions: int) -> None:
        """The latest watermark that is true; one that was interrupted is sent again, as it was."""
        true = min([END, *(event.time for event in self.unsent if event.source == source)])
        if true > self.promised[source]:
            self.numbers[source] += 1
            self.promised[source] = true
            events = announcement(source, self.numbers[source], true)
            await self.log.append(DOSSIER_STREAM, [record_of(event) for event in events[:partitions]])
            await self.log.append(DOSSIER_STREAM, [record_of(event) for event in events])


class Reader:
    """Statistics that read a log from the beginning, some messages at a time."""

    def __init__(self, engine: AsyncEngine, log: MemoryLog) -> None:
        (self._member,) = Consumer(engine, log, [DossierProjection()])._members
        self._positions = self._member._positions
        self._engine = engine
        self._log = log

    async def read(self, batches: int) -> None:
        async with self._log.subscribe(DOSSIER_STREAM, "stats", self._positions) as subscription:
            for _ in range(batches):
                await self._member._next_batch(subscription)

    async def read_all(self) -> None:
        await self.read(len(self._log.records) + 1)

    async def known(self) -> dict[str, datetime]:
        return dict((await SqlArrivals(self._engine).completeness()).known_up_to)

    async def missing(self, lives: Sequence[Story]) -> list[str]:
        """What is said to have arrived and has not."""
        completeness = await SqlArrivals(self._engine).completeness()
        if completeness.waiting:
            return []  # nothing is said
        applied = dict(await rows(self._engine, "SELECT subject, last_sequence FROM consumed"))
        return [
            event.id
            for life in lives
            for event in life.events
            if event.time < completeness.known_up_to.get(event.source, START)
            and event.sequence > applied.get(event.subject, 0)
        ]


async def forget(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            await connection.execute(table.delete())


def life(number: int, minutes: Sequence[int]) -> Story:
    at = [START + timedelta(minutes=minute) for minute in sorted(minutes)]
    local = [f"{each:%Y-%m-%d %H:%M}" for each in at]
    story = Story(f"H41.SCT-230515-{number:04}").file(local[0]).accept(local[1], "2023-06-01")
    for each in local[2:]:
        story.add(EventType.STARTED, each)
    return story


minutes_of_a_life = st.lists(st.integers(1, 600), min_size=2, max_size=4)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(0, 99)),
        st.tuples(st.just("send"), st.integers(0, 99)),
        st.tuples(st.just("send again"), st.integers(0, 999)),
        st.tuples(st.sampled_from(SOURCES), st.integers(0, 16)),
        st.tuples(st.just("read"), st.integers(1, 2)),
    ),
    min_size=10,
    max_size=50,
)


@settings(
    max_examples=30,
    deadline=None,
    # To make what was found small takes many times as long as to find it.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(lives=st.lists(minutes_of_a_life, min_size=1, max_size=4), steps=steps)
async def test_nothing_is_missing_before_a_watermark(
    stats_engine: AsyncEngine, lives: list[list[int]], steps: list[tuple[str, int]]
) -> None:
    await forget(stats_engine)
    road = Road([life(number, minutes) for number, minutes in enumerate(lives)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "_PACE_SECONDS", 0)
        patch.setattr(runner, "_LARGEST_BATCH", 3)
        await live(road, Reader(stats_engine, road.log), steps)
        # Statistics that are made anew find the same in the log.
        await forget(stats_engine)
        again = Reader(stats_engine, road.log)
        assert await again.known() == {}
        await again.read_all()
        assert await again.known() == dict.fromkeys(SOURCES, END)


async def live(road: Road, reader: Reader, steps: list[tuple[str, int]]) -> None:
    for step, number in steps:
        match step:
            case "send" if road.unsent:
                await road.send(number)
            case "send again":
                await road.send_again(number)
            case "read":
                await reader.read(number)
                assert await reader.missing(road.lives) == []
            case "/intake" | "/processing":
                await road.announce(step, number)
    while road.unsent:
        await road.send(0)
    for source in SOURCES:
        await road.announce(source, 16)
    await reader.read_all()
    assert await reader.missing(road.lives) == []
    assert await reader.known() == dict.fromkeys(SOURCES, END)


async def test_a_watermark_that_is_sent_again_takes_nothing_back(stats_engine: AsyncEngine) -> None:
    log = MemoryLog("one")
    reader = Reader(stats_engine, log)
    early, late = (announcement("/intake", number, START + timedelta(hours=number)) for number in (1, 2))
    for events in (early, late, early, late):
        await log.append(DOSSIER_STREAM, [record_of(event) for event in events])
    await reader.read_all()
    assert await reader.known() == {"/intake": START + timedelta(hours=2)}
