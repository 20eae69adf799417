"""The worker process of an embedded system: relays, consumers and timers of the three services together."""

import asyncio
import signal
import sys
from collections.abc import Mapping

import structlog
import uvloop

from services.console.service_parts import WorkerRun, settings_of_services, worker_of
from shared.observability.logging import configure_logging
from shared.settings import BaseServiceSettings


class EndedEarlyError(Exception):
    """A service's worker came to an end though nobody asked it to."""


async def run_workers(settings: Mapping[str, BaseServiceSettings], stop: asyncio.Event) -> None:
    """Run every service's worker until `stop`. The first failure ends them all and is raised."""
    async with asyncio.TaskGroup() as group:
        for service, own in settings.items():
            group.create_task(_run_one(service, worker_of(service), own, stop), name=service)


async def _run_one(service: str, run: WorkerRun, settings: BaseServiceSettings, stop: asyncio.Event) -> None:
    await run(settings, stop)
    if not stop.is_set():
        raise EndedEarlyError(service)


async def main() -> None:
    """Run until SIGTERM."""
    settings = settings_of_services()
    configure_logging("worker", level=settings["intake"].log_level)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    log = structlog.get_logger("worker")
    log.info("started")
    try:
        await run_workers(settings, stop)
    except Exception:
        # Told here, in the form of every other line; the supervisor sees the status.
        log.exception("failed")
        sys.exit(1)
    log.info("stopped")


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
