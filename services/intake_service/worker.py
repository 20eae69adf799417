"""Intake's worker: sends what was committed, follows every dossier for the look-up, closes what lapsed."""

import asyncio
from datetime import timedelta
from functools import partial

from services.intake_service.application.use_cases import UseCases
from services.intake_service.container import build
from services.intake_service.messaging.public_view import PublicViewReaction
from services.intake_service.settings import Settings
from shared.clock import business_clock
from shared.consumer.runner import Consumer
from shared.journal.pruning import prune_idempotency_keys
from shared.log.address import open_log
from shared.log.port import DOSSIER_STREAM, REFERENCE_STREAM
from shared.observability import backlog
from shared.outbox.payloads import HistoryPayloads, ReferencePayloads
from shared.outbox.relay import Relay
from shared.outbox.watermarks import Watermarks
from shared.timers import every

_SOURCE = "/intake"
_LAPSE_SECONDS = 10.0
_PRUNING_SECONDS = 60.0
_KEYS_LIVE = timedelta(days=7)
_WATERMARK_SECONDS = 1.0
_REFERENCE_SECONDS = 1.0


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
            watermarks = Watermarks(container.engine, log, _SOURCE, business_clock(settings.business_clock))
            lapse = partial(_lapse, container.use_cases)
            refresh = container.use_cases.reference.refresh
            prune = partial(prune_idempotency_keys, container.engine, _KEYS_LIVE)
            backlogs = backlog.Backlogs("intake", container.engine, log, [DOSSIER_STREAM], writes=True)
            async with asyncio.TaskGroup() as group:
                group.create_task(relay.run(stop))
                group.create_task(consumer.run(stop))
                group.create_task(every("intake lapse", _LAPSE_SECONDS, lapse, stop))
                group.create_task(every("intake pruning", _PRUNING_SECONDS, prune, stop))
                group.create_task(every("intake watermarks", _WATERMARK_SECONDS, watermarks.send_due, stop))
                group.create_task(every("intake reference", _REFERENCE_SECONDS, refresh, stop))
                group.create_task(every("intake backlog", backlog.SECONDS, backlogs.tell, stop))
    finally:
        await log.close()


async def _lapse(use_cases: UseCases) -> None:
    while await use_cases.acts.lapse_due():
        pass
