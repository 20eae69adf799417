"""The worker of statistics: takes events in, and adds up what they changed."""

import asyncio
from functools import partial

from services.stats_service.adapters.projection import DossierProjection
from services.stats_service.adapters.reference import ReferenceReaction
from services.stats_service.adapters.roller import Roller
from services.stats_service.container import build
from services.stats_service.settings import Settings
from shared.consumer.runner import Consumer
from shared.log.address import open_log
from shared.log.port import STREAMS
from shared.observability import backlog
from shared.timers import every


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Run until `stop` is set. A failure that is not a passing outage is raised."""
    log = open_log(settings.log_url.get_secret_value())
    try:
        async with build(settings, application_name="motcua stats worker") as container:
            consumer = Consumer(container.engine, log, [DossierProjection(), ReferenceReaction()])
            roll = partial(_roll, Roller(container.engine))
            backlogs = backlog.Backlogs("stats", container.engine, log, STREAMS, writes=False)
            async with asyncio.TaskGroup() as group:
                group.create_task(consumer.run(stop))
                group.create_task(every("stats roller", settings.roll_every_seconds, roll, stop))
                group.create_task(every("stats backlog", backlog.SECONDS, backlogs.tell, stop))
    finally:
        await log.close()


async def _roll(roller: Roller) -> None:
    while await roller.roll():
        pass
