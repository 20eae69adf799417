"""The worker process of an embedded system: relays, consumers and timers of the three services together."""

import asyncio
import signal
import socket
import sys
from collections.abc import Mapping

import structlog
import uvloop

from services.console.collecting import collect_seldom
from services.console.observation import observed, show_metrics
from services.console.service_parts import WorkerRun, settings_of_services, wait_for_go, worker_of
from shared.observability.process_metrics import watch_process
from shared.settings import BaseServiceSettings

# With what comes before and after, within the 30 s that orchestrators give.
_FINISH_SECONDS = 20.0

logger = structlog.get_logger()


class EndedEarlyError(Exception):
    """A worker came to an end though nobody asked it to."""


async def run_workers(
    workers: Mapping[str, WorkerRun], settings: Mapping[str, BaseServiceSettings], stop: asyncio.Event
) -> None:
    """Run every worker until `stop`. The first failure ends them all and is raised.

    What is in flight at `stop` gets 20 s to end; then it is broken off, and nothing of it is committed.
    """
    try:
        async with asyncio.timeout(None) as limit, asyncio.TaskGroup() as group:
            for name, run in workers.items():
                group.create_task(_run_one(name, run, settings[name], stop), name=name)
            await stop.wait()
            limit.reschedule(asyncio.get_running_loop().time() + _FINISH_SECONDS)
    except TimeoutError:
        logger.warning("broken_off", after_seconds=_FINISH_SECONDS)


async def _run_one(name: str, run: WorkerRun, settings: BaseServiceSettings, stop: asyncio.Event) -> None:
    await run(settings, stop)
    if not stop.is_set():
        raise EndedEarlyError(name)


async def until_told_to_stop(
    process: str, workers: Mapping[str, WorkerRun], settings: Mapping[str, BaseServiceSettings]
) -> None:
    """Run the workers until SIGTERM. `process` names this one in the metrics."""
    collect_seldom()
    watch_process(process)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    logger.info("started")
    try:
        await run_workers(workers, settings, stop)
    except Exception:
        # Told here, in the form of every other line; the supervisor sees the status.
        logger.exception("failed")
        sys.exit(1)
    logger.info("stopped")


def main(go: int, metrics: socket.socket) -> None:
    """Load everything, wait for `go`, run; `metrics` is where it shows how it is."""
    settings = settings_of_services()
    with (
        observed("worker", settings["intake"]),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        show_metrics(metrics)
        workers = {service: worker_of(service) for service in settings}
        wait_for_go(go)
        runner.run(until_told_to_stop("worker", workers, settings))


if __name__ == "__main__":
    main(go=int(sys.argv[1]), metrics=socket.socket(fileno=int(sys.argv[2])))
