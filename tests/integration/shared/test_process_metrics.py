"""Figures that a process takes from what it holds: its pool, its loop, what of its service waits."""

import asyncio
import math
import time

import pytest
from prometheus_client import REGISTRY, generate_latest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.consumer.runner import Consumer
from shared.database import create_engine
from shared.log.port import DOSSIER_STREAM, EventLog
from shared.observability import process_metrics
from shared.observability.backlog import Backlogs
from shared.observability.process_metrics import PoolMetrics, watch_process
from tests.support.alerts import firing
from tests.support.backbone import Tally, code, deliver, dsn_of, event, eventually, running, write_events
from tests.support.promql import Scraped

PLACE = {"group": "tally", "stream": DOSSIER_STREAM}


def figure(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def fired(alert: str) -> list[dict[str, str]]:
    """For what a rule fires on the metrics as they are shown now."""
    scraped, now = Scraped(), time.time()
    scraped.add(now, generate_latest().decode(), job="motcua")
    return [dict(labels) for labels in firing(scraped, now).get(alert, {})]


def of_pool(name: str, **more: str) -> float | None:
    return figure(name, db_client_connection_pool_name="small", **more)


async def test_the_pool_tells_who_uses_it_and_who_waits(service: AsyncEngine) -> None:
    engine = create_engine(dsn_of(service), application_name="test", connections=2)

    def used_and_idle() -> list[float | None]:
        return [
            of_pool("db_client_connection_count", db_client_connection_state=state)
            for state in ("used", "idle")
        ]

    async def hold() -> None:
        async with engine.connect():
            await asyncio.sleep(0)

    with PoolMetrics("small", engine):
        assert of_pool("db_client_connection_max") == 2
        async with engine.connect(), engine.connect():
            assert used_and_idle() == [2, 0]
            waiting = [asyncio.create_task(hold()) for _ in range(3)]
            await asyncio.sleep(0.05)
            assert of_pool("db_client_connection_pending_requests") == 3
        await asyncio.gather(*waiting)
        assert of_pool("db_client_connection_pending_requests") == 0
        assert used_and_idle() == [0, 2]
        await engine.dispose()
        # All connections are new, and counted.
        async with engine.connect():
            assert used_and_idle() == [1, 0]
    assert of_pool("db_client_connection_max") is None
    await engine.dispose()


async def test_a_loop_that_is_held_up_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_metrics, "_LOOP_SECONDS", 0.02)
    before = figure("event_loop_lag_seconds_sum") or 0
    watch_process("test")
    await asyncio.sleep(0.05)
    time.sleep(0.3)  # noqa: ASYNC251 - the fault to be seen
    await asyncio.sleep(0.05)
    monkeypatch.setattr(process_metrics, "_LOOP_SECONDS", 10_000)
    assert (figure("event_loop_lag_seconds_sum") or 0) - before > 0.25
    await asyncio.sleep(0.05)


async def test_what_waits_in_an_outbox_is_told(service: AsyncEngine, log: EventLog) -> None:
    backlogs = Backlogs("shown", service, log, [], writes=True)
    await backlogs.tell()
    assert fired("OutboxWaits") == []
    assert figure("outbox_pending", service="shown") == 0
    assert figure("outbox_oldest_age_seconds", service="shown") == 0
    async with service.begin() as connection:
        await write_events(connection, [(code(1), 1), (code(1), 2)])
        await connection.execute(
            text("UPDATE outbox_pending SET pending_since = now() - interval '90 seconds' WHERE sequence = 1")
        )
    await backlogs.tell()
    assert figure("outbox_pending", service="shown") == 2
    assert 90 <= (figure("outbox_oldest_age_seconds", service="shown") or 0) < 100
    assert fired("OutboxWaits") == [{"service": "shown"}]


async def test_what_a_group_has_not_read_holds_and_parked_is_told(
    service: AsyncEngine, log: EventLog
) -> None:
    backlogs = Backlogs("tally", service, log, [DOSSIER_STREAM], writes=False)
    poison = event(code(3), 1, poison=True)
    await deliver(log, event(code(1), 1), event(code(2), 2), poison)
    await backlogs.tell()
    assert figure("consumer_unread_events", **PLACE) == 3
    before = {name: figure(name, **PLACE) or 0 for name in COUNTED}

    async def read() -> bool:
        await backlogs.tell()
        return figure("consumer_unread_events", **PLACE) == 0

    async with running(Consumer(service, log, [Tally()]).run):
        await eventually(read)
        assert figure("consumer_held_events", **PLACE) == 1
        assert figure("dlq_depth", **PLACE) == 1
        assert figure("consumer_lag_seconds", **PLACE) == 0
        assert fired("EventsHeld") == fired("EventParked") == [PLACE]
        await deliver(log, event(code(1), 1))
        await eventually(read)
    told = {name: (figure(name, **PLACE) or 0) - before[name] for name in COUNTED}
    assert told == {
        "events_applied_total": 1,
        "inbox_duplicates_total": 1,
        "events_out_of_order_total": 1,
        "events_parked_total": 1,
    }


COUNTED = (
    "events_applied_total",
    "inbox_duplicates_total",
    "events_out_of_order_total",
    "events_parked_total",
)


async def test_while_the_database_is_away_nothing_is_told(log: EventLog) -> None:
    away = create_engine("postgresql://nobody@127.0.0.1:1/nothing", application_name="test", connections=1)
    with pytest.raises(OSError, match="Connect call failed"):
        await Backlogs("shown", away, log, [], writes=True).tell()
    assert math.isnan(figure("outbox_pending", service="shown") or 0)
    await away.dispose()
