"""The worker of statistics: takes events in, and adds up what they changed."""

import asyncio

import structlog

from services.stats_service.adapters.projection import DossierProjection
from services.stats_service.adapters.reference import ReferenceReaction
from services.stats_service.adapters.roller import Roller
from services.stats_service.container import build
from services.stats_service.settings import Settings
from shared.consumer.runner import Consumer
from shared.failures import passes
from shared.log.address import open_log

_log = structlog.get_logger(__name__)


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Run until `stop` is set. A failure that is not a passing outage is raised."""
    log = open_log(settings.log_url.get_secret_value())
    try:
        async with build(settings, application_name="motcua stats worker") as container:
            consumer = Consumer(container.engine, log, [DossierProjection(), ReferenceReaction()])
            async with asyncio.TaskGroup() as group:
                group.create_task(consumer.run(stop))
                group.create_task(_roll(Roller(container.engine), settings.roll_every_seconds, stop))
    finally:
        await log.close()


async def _roll(roller: Roller, every_seconds: float, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            while await roller.roll():
                pass
        except Exception as error:
            if not passes(error):
                raise
            _log.warning("roller_waits", error=type(error).__name__)
        try:
            async with asyncio.timeout(every_seconds):
                await stop.wait()
        except TimeoutError:
            continue
