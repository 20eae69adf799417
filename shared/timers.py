"""What a process does again and again."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog

from shared.failures import passes
from shared.observability.metrics import TIMER_LAG

_log = structlog.get_logger(__name__)


async def every(name: str, seconds: float, act: Callable[[], Awaitable[object]], stop: asyncio.Event) -> None:
    """Perform `act`, then rest, until `stop` is set. Passing outages are waited out; a bug is raised.

    No other timer of the process has this name.
    """
    ended = time.monotonic()
    TIMER_LAG.labels(name).set_function(lambda: max(0.0, time.monotonic() - ended - seconds))
    while not stop.is_set():
        try:
            await act()
            ended = time.monotonic()
        except Exception as error:
            if not passes(error):
                raise
            _log.warning("timer_waits", timer=name, error=type(error).__name__)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await stop.wait()
    TIMER_LAG.remove(name)


@asynccontextmanager
async def repeating(name: str, seconds: float, act: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Perform `act` like `every`, for as long as the block lasts; a bug is raised at its end."""
    stop = asyncio.Event()
    timer = asyncio.create_task(every(name, seconds, act, stop))
    try:
        yield
    finally:
        stop.set()
        await timer
