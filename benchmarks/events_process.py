"""One part of what follows a call, in a process of its own: works off what lies ready when it is told to.

It says a line when it is ready, waits for one, and says at the end what it cost.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import uvloop
from sqlalchemy.ext.asyncio import AsyncEngine

from services.intake_service.settings import Settings as IntakeSettings
from services.processing_service.container import build as build_processing
from services.processing_service.settings import Settings as ProcessingSettings
from services.stats_service.adapters.projection import DossierProjection
from services.stats_service.container import build as build_stats
from services.stats_service.settings import Settings as StatsSettings
from shared.consumer.port import Reaction
from shared.consumer.quiescence import Follower, consumer_backlog
from shared.consumer.runner import Consumer
from shared.database import create_engine
from shared.log.address import open_log
from shared.log.port import DOSSIER_STREAM, EventLog
from shared.observability.logging import configure_logging
from shared.outbox.payloads import HistoryPayloads
from shared.outbox.quiescence import outbox_backlog
from shared.outbox.relay import Relay

Left = Callable[[], Awaitable[int]]
"""How many events are still to be worked off."""

_LOOK_SECONDS = 0.05


async def relay() -> Mapping[str, float]:
    """Send what is pending in intake's database."""
    settings = IntakeSettings()
    log = open_log(settings.log_url.get_secret_value())
    engine = create_engine(settings.database_url.get_secret_value(), application_name="motcua benchmarks")

    async def left() -> int:
        return (await outbox_backlog(engine)).events

    sender = Relay(engine, log, {DOSSIER_STREAM: HistoryPayloads("/intake")})
    return await _worked_off(sender.run, left)


async def processing() -> Mapping[str, float]:
    """Open the cases."""
    settings = ProcessingSettings()
    async with build_processing(settings, application_name="motcua benchmarks") as container:
        cases = next(each for each in container.reactions if each.stream == DOSSIER_STREAM)
        return await _consumed(settings.log_url.get_secret_value(), container.engine, cases)


async def stats() -> Mapping[str, float]:
    """Count."""
    settings = StatsSettings()
    async with build_stats(settings, application_name="motcua benchmarks") as container:
        return await _consumed(settings.log_url.get_secret_value(), container.engine, DossierProjection())


async def _consumed(log_url: str, engine: AsyncEngine, reaction: Reaction) -> Mapping[str, float]:
    log: EventLog = open_log(log_url)
    follower = Follower(engine, reaction.group, reaction.stream)

    async def left() -> int:
        backlog = await consumer_backlog(log, follower)
        if backlog.parked:
            raise RuntimeError("events were parked instead of applied")
        return backlog.unread

    return await _worked_off(Consumer(engine, log, [reaction]).run, left)


async def _worked_off(run: Callable[[asyncio.Event], Awaitable[Any]], left: Left) -> Mapping[str, float]:
    events = await left()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    stop = asyncio.Event()
    began, used = time.monotonic(), time.process_time()
    async with asyncio.TaskGroup() as group:
        group.create_task(_until(run, stop))
        while await left():  # noqa: ASYNC110 - databases tell no event
            await asyncio.sleep(_LOOK_SECONDS)
        seconds, processor_seconds = time.monotonic() - began, time.process_time() - used
        stop.set()
    return {"events": events, "seconds": seconds, "processor_seconds": processor_seconds}


async def _until(run: Callable[[asyncio.Event], Awaitable[Any]], stop: asyncio.Event) -> None:
    await run(stop)


_PARTS: Mapping[str, Callable[[], Awaitable[Mapping[str, float]]]] = {
    "relay": relay,
    "processing": processing,
    "stats": stats,
}


async def _main(part: str) -> None:
    print(json.dumps(await _PARTS[part]()), flush=True)


if __name__ == "__main__":
    configure_logging("benchmarks", level="warning")
    uvloop.run(_main(sys.argv[1]))
