"""Processing's worker: sends what was committed, opens cases, follows the calendar, runs the timers."""

import asyncio
from datetime import timedelta
from functools import partial

from services.processing_service.application.use_cases import UseCases
from services.processing_service.container import build
from services.processing_service.settings import Settings
from shared.clock import business_clock
from shared.consumer.runner import Consumer
from shared.journal.pruning import prune_idempotency_keys
from shared.log.address import open_log
from shared.log.port import DOSSIER_STREAM, STREAMS
from shared.observability import backlog
from shared.outbox.payloads import HistoryPayloads
from shared.outbox.relay import Relay
from shared.outbox.watermarks import Watermarks
from shared.timers import every

_SOURCE = "/processing"
# Two look-ups in partial indexes that are mostly empty; whoever waits for a result waits no longer for it.
_TIMER_SECONDS = 0.2
_PRUNING_SECONDS = 60.0
_KEYS_LIVE = timedelta(days=7)
_WATERMARK_SECONDS = 1.0
_REFERENCE_SECONDS = 1.0


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Run until `stop` is set. A failure that is not a passing outage is raised."""
    log = open_log(settings.log_url.get_secret_value())
    try:
        async with build(settings, application_name="motcua processing worker") as container:
            relay = Relay(container.engine, log, {DOSSIER_STREAM: HistoryPayloads(_SOURCE)})
            consumer = Consumer(container.engine, log, container.reactions)
            watermarks = Watermarks(container.engine, log, _SOURCE, business_clock(settings.business_clock))
            due = partial(_due, container.use_cases)
            refresh = container.use_cases.reference.refresh
            prune = partial(prune_idempotency_keys, container.engine, _KEYS_LIVE)
            backlogs = backlog.Backlogs("processing", container.engine, log, STREAMS, writes=True)
            async with asyncio.TaskGroup() as group:
                group.create_task(relay.run(stop))
                group.create_task(consumer.run(stop))
                group.create_task(every("processing due", _TIMER_SECONDS, due, stop))
                group.create_task(every("processing pruning", _PRUNING_SECONDS, prune, stop))
                group.create_task(
                    every("processing watermarks", _WATERMARK_SECONDS, watermarks.send_due, stop)
                )
                group.create_task(every("processing reference", _REFERENCE_SECONDS, refresh, stop))
                group.create_task(every("processing backlog", backlog.SECONDS, backlogs.tell, stop))
    finally:
        await log.close()


async def _due(use_cases: UseCases) -> None:
    if use_cases.reference.is_loaded:
        while await use_cases.recompute():
            pass
    while await use_cases.hand_over_online():
        pass
