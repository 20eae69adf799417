"""Processing's worker: sends what was committed, opens cases, follows the calendar, runs the timers."""

import asyncio
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from functools import partial

from services.processing_service.adapters.portal.backlog import PortalBacklog
from services.processing_service.application.portal.ports import Portal
from services.processing_service.application.portal.pushing import PushToPortal
from services.processing_service.application.use_cases import UseCases
from services.processing_service.container import Container, build, portal, push_to_portal
from services.processing_service.messaging.portal import PortalReaction
from services.processing_service.settings import Settings
from shared.clock import business_clock
from shared.consumer.runner import Consumer
from shared.journal.pruning import prune_idempotency_keys
from shared.log.address import open_log
from shared.log.port import DOSSIER_STREAM, STREAMS, EventLog
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
_PORTAL_SECONDS = 0.5


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Run until `stop` is set. A failure that is not a passing outage is raised."""
    log = open_log(settings.log_url.get_secret_value())
    try:
        async with (
            build(settings, application_name="motcua processing worker") as container,
            portal(settings, container.engine) as told,
        ):
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
                if told:
                    for timer in _telling(settings, container, told, log, stop):
                        group.create_task(timer)
    finally:
        await log.close()


def _telling(
    settings: Settings, container: Container, to: Portal, log: EventLog, stop: asyncio.Event
) -> Iterator[Coroutine[None, None, None]]:
    """What keeps the national portal told, and says how far it is behind."""
    engine = container.engine
    push = partial(_push, push_to_portal(settings, container, to), stop)
    yield every("processing portal", _PORTAL_SECONDS, push, stop)
    yield every("processing portal backlog", backlog.SECONDS, PortalBacklog(engine).tell, stop)
    lag = backlog.Backlogs(PortalReaction.group, engine, log, [DOSSIER_STREAM], writes=False)
    yield every("processing portal lag", backlog.SECONDS, lag.tell, stop)


async def _due(use_cases: UseCases) -> None:
    if use_cases.reference.is_loaded:
        while await use_cases.recompute():
            pass
    while await use_cases.hand_over_online():
        pass


async def _push(push: PushToPortal, stop: asyncio.Event) -> None:
    while not stop.is_set() and await push():
        pass
