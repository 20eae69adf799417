"""Processing's worker: sends what was committed, opens cases, follows the calendar, runs the timers."""

import asyncio
from datetime import timedelta

import structlog

from services.processing_service.adapters.reference import keep_fresh
from services.processing_service.container import Container, build
from services.processing_service.settings import Settings
from shared.consumer.runner import Consumer
from shared.failures import passes
from shared.journal.pruning import prune_idempotency_keys
from shared.log.address import open_log
from shared.log.port import DOSSIER_STREAM
from shared.outbox.payloads import HistoryPayloads
from shared.outbox.relay import Relay

_SOURCE = "/processing"
_TIMER_SECONDS = 1.0
_KEYS_LIVE = timedelta(days=7)
_log = structlog.get_logger(__name__)


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Run until `stop` is set. A failure that is not a passing outage is raised."""
    log = open_log(settings.log_url.get_secret_value())
    try:
        async with build(settings, application_name="motcua processing worker") as container:
            relay = Relay(container.engine, log, {DOSSIER_STREAM: HistoryPayloads(_SOURCE)})
            consumer = Consumer(container.engine, log, container.reactions)
            async with asyncio.TaskGroup() as group:
                group.create_task(relay.run(stop))
                group.create_task(consumer.run(stop))
                group.create_task(_timers(container, stop))
                freshness = group.create_task(keep_fresh(container.use_cases.reference))
                await stop.wait()
                freshness.cancel()
    finally:
        await log.close()


async def _timers(container: Container, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await _due(container)
        except Exception as error:
            if not passes(error):
                raise
            _log.warning("timers_wait", error=type(error).__name__)
        try:
            async with asyncio.timeout(_TIMER_SECONDS):
                await stop.wait()
        except TimeoutError:
            continue


async def _due(container: Container) -> None:
    use_cases = container.use_cases
    if use_cases.reference.is_loaded:
        while await use_cases.recompute():
            pass
    while await use_cases.hand_over_online():
        pass
    await prune_idempotency_keys(container.engine, _KEYS_LIVE)
