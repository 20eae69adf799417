"""Intake's worker: sends what was committed, follows every dossier for the look-up, closes what lapsed."""

import asyncio
from datetime import timedelta

import structlog

from services.intake_service.adapters.reference import keep_fresh
from services.intake_service.container import Container, build
from services.intake_service.messaging.public_view import PublicViewReaction
from services.intake_service.settings import Settings
from shared.consumer.runner import Consumer
from shared.failures import passes
from shared.journal.pruning import prune_idempotency_keys
from shared.log.address import open_log
from shared.log.port import DOSSIER_STREAM, REFERENCE_STREAM
from shared.outbox.payloads import HistoryPayloads, ReferencePayloads
from shared.outbox.relay import Relay

_SOURCE = "/intake"
_TIMER_SECONDS = 10.0
_log = structlog.get_logger(__name__)


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Run until `stop` is set. A failure that is not a passing outage is raised."""
    log = open_log(settings.log_url.get_secret_value())
    try:
        async with build(settings, application_name="motcua intake worker") as container:
            relay = Relay(
                container.engine,
                log,
                {DOSSIER_STREAM: HistoryPayloads(_SOURCE), REFERENCE_STREAM: ReferencePayloads(_SOURCE)},
            )
            consumer = Consumer(container.engine, log, [PublicViewReaction()])
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
            while await container.use_cases.acts.lapse_due():
                pass
            await prune_idempotency_keys(container.engine, timedelta(days=7))
        except Exception as error:
            if not passes(error):
                raise
            _log.warning("timers_wait", error=type(error).__name__)
        try:
            async with asyncio.timeout(_TIMER_SECONDS):
                await stop.wait()
        except TimeoutError:
            continue
