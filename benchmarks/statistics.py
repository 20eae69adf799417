"""How fast statistics take events in, and how fast they answer after one month and after ten."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from statistics import median

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.installation import Installation
from benchmarks.rows import Pair, Row, bound_row, ratio_row
from benchmarks.scratch import copy_of
from services.stats_service.adapters.dossiers import SqlDossierFinder
from services.stats_service.adapters.ledger import SqlLedger
from services.stats_service.adapters.projection import DossierProjection
from services.stats_service.adapters.roller import Roller
from services.stats_service.application.ports import Selection
from services.stats_service.domain.cell import Dimension
from services.stats_service.domain.figures import FIGURES
from services.stats_service.domain.period import Period, View
from shared.database import create_engine
from shared.events.envelope import Envelope
from shared.schemas.lifecycle import EventType
from tests.support.stories import Story

_MONTHS = 10
_BATCH = 200
_ROLL_EVERY = 10  # batches
_REPEATS = 15
_MONTH = Period(date(2023, 5, 15), date(2023, 6, 14))
_NOW = datetime(2023, 6, 25, tzinfo=UTC)
_ONE = Selection(agencies=frozenset({"H41.A03"}))
_LATE = FIGURES["late"]
_GOALS = {
    "report line, the province": 20.0,
    "report line, one agency": 20.0,
    "report, by field": 20.0,
    "report line, as of a past moment": 100.0,
    "drill-down page, one agency": 50.0,
}


@dataclass(frozen=True, slots=True)
class _Run:
    """At one size."""

    events: int
    events_per_second: float
    processor_ms: float
    """Of the consumer, for each event; PostgreSQL's is not in it."""
    roll_ms: float
    """Rolling up what some batches changed, on the median."""
    latencies_ms: dict[str, float]
    """Median of each kind of answer."""


async def measure(measured: Installation) -> list[Row]:
    """The same month, with nothing before it and at the end of ten like it: answers must not grow."""
    small_size = measured.some(1_000, 200)
    large_size = _MONTHS * small_size
    small = await _run(measured, small_size, months=1)
    large = await _run(measured, large_size, months=_MONTHS)
    rows = [
        bound_row(
            "statistics, the consumer's processor for an event",
            large.processor_ms,
            "ms",
            f"{large.events_per_second:,.0f} events/s applied in batches of {_BATCH}",
            at_most=0.2,
        ),
        bound_row(
            f"statistics, rolling up {_BATCH * _ROLL_EVERY:,} events",
            large.roll_ms,
            "ms",
            "at the larger size",
        ),
    ]
    for name, latency in large.latencies_ms.items():
        rows.append(bound_row(name, latency, "ms", f"{large_size:,} dossiers", at_most=_GOALS[name]))
        pair = Pair(latency, small.latencies_ms[name])
        rows.append(ratio_row(f"{name}, after {_MONTHS} months, of after one", [pair], "ms", at_most=1.5))
    return rows


async def _run(measured: Installation, dossiers: int, *, months: int) -> _Run:
    dsn = measured.server.dsn(copy_of(measured, "stats"))
    engine = create_engine(dsn, application_name="benchmark")
    try:
        return await _fill(engine, [event.encode() for event in _events(dossiers, months)])
    finally:
        await engine.dispose()


async def _fill(engine: AsyncEngine, raw: Sequence[bytes]) -> _Run:
    projection, roller = DossierProjection(), Roller(engine)
    rolls: list[float] = []
    spent = processor = 0.0
    for number, start in enumerate(range(0, len(raw), _BATCH), 1):
        began, began_processor = time.perf_counter(), time.process_time()
        events = [Envelope.decode(one) for one in raw[start : start + _BATCH]]
        async with engine.begin() as connection:
            await projection.apply(connection, events)
        spent += time.perf_counter() - began
        processor += time.process_time() - began_processor
        if number % _ROLL_EVERY == 0:
            began = time.perf_counter()
            await roller.roll()
            rolls.append(1e3 * (time.perf_counter() - began))
    while await roller.roll():
        pass
    async with engine.begin() as connection:
        await connection.execute(text("ANALYZE"))
    return _Run(
        events=len(raw),
        events_per_second=len(raw) / spent,
        processor_ms=1e3 * processor / len(raw),
        roll_ms=median(rolls or [0.0]),
        latencies_ms=await _latencies(engine),
    )


async def _latencies(engine: AsyncEngine) -> dict[str, float]:
    ledger, finder = SqlLedger(engine), SqlDossierFinder(engine)
    now = View.at(_MONTH, _NOW, None)
    past = View.at(_MONTH, _NOW, datetime(2023, 6, 5, 5, tzinfo=UTC))
    by_field = frozenset({Dimension.FIELD})
    questions: dict[str, Callable[[], Awaitable[object]]] = {
        "report line, the province": lambda: ledger.read(now, Selection(), [frozenset()]),
        "report line, one agency": lambda: ledger.read(now, _ONE, [frozenset()]),
        "report, by field": lambda: ledger.read(now, Selection(), [frozenset(), by_field]),
        "report line, as of a past moment": lambda: ledger.read(past, Selection(), [frozenset()]),
        "drill-down page, one agency": lambda: finder.behind(
            FIGURES["late"], now, _ONE, after=None, limit=51
        ),
    }
    return {name: await _median_ms(ask) for name, ask in questions.items()}


async def _median_ms(ask: Callable[[], Awaitable[object]]) -> float:
    times = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        await ask()
        times.append(1e3 * (time.perf_counter() - began))
    return median(times)


def _events(dossiers: int, months: int) -> list[Envelope]:
    random = Random(1)
    events = [event for number in range(dossiers) for event in _story(number, months, random).events]
    return sorted(events, key=lambda event: (event.time, event.sequence))


def _story(number: int, months: int, random: Random) -> Story:
    agency = f"H41.A{random.randint(1, 14):02}"
    accepted_on = _MONTH.last - timedelta(days=random.randrange(31 * months))
    procedure = random.randint(1, 5)

    def at(days: int, hour: int) -> str:
        return f"{accepted_on + timedelta(days=days)} {hour:02}:{random.randint(0, 59):02}"

    story = Story(
        f"{agency}-{accepted_on:%y%m%d}-{number:06}",
        agency=agency,
        field=f"Field {procedure % 3}",
        procedure=f"1.00000{procedure}",
        channel=random.choice(["counter", "counter", "counter", "online", "postal"]),
    )
    appointment = str(accepted_on + timedelta(days=7))
    story.file(at(0, 8), due=at(1, 8)).accept(at(0, 9), appointment, due=at(1, 8))
    story.add(EventType.ASSIGNED, at(0, 10)).add(EventType.STARTED, at(0, 11))
    if random.random() < 0.03:
        story.request_supplement(at(1, 8)).provide_supplement(at(2, 8), appointment)
    return story.resolve(at(random.randint(3, 8), 9), appointment).hand_over(at(9, 9))
