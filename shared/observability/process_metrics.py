"""What every process tells of itself."""

import asyncio
import logging

from prometheus_client import disable_created_metrics
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import AsyncAdaptedQueuePool, PoolProxiedConnection

from shared.observability import metrics
from shared.version import VERSION

_LOOP_SECONDS = 0.5

# A second series beside every counter would say what the start of the process says.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library types most of itself


def watch_process(process: str) -> None:
    """Tell which process this is, and from now on how late its event loop runs. Call once, in the loop."""
    metrics.BUILD_INFO.labels(VERSION, process).set(1)
    loop = asyncio.get_running_loop()
    _tick(loop, loop.time() + _LOOP_SECONDS)


def _tick(loop: asyncio.AbstractEventLoop, due: float) -> None:
    def ticked() -> None:
        now = loop.time()
        metrics.EVENT_LOOP_LAG.observe(max(0.0, now - due))
        _tick(loop, now + _LOOP_SECONDS)

    loop.call_at(due, ticked)


class WatchedPool(AsyncAdaptedQueuePool):
    """A pool that knows how many wait for it."""

    waiting = 0

    def connect(self) -> PoolProxiedConnection:
        self.waiting += 1
        try:
            return super().connect()
        finally:
            self.waiting -= 1


# As SQLAlchemy has it for pools of its own: that one was made anew is no news.
logging.getLogger(f"{__name__}.{WatchedPool.__name__}").setLevel(logging.WARNING)


class PoolMetrics:
    """Tells of the pool of `engine` under `name` while the block lasts; counted when somebody asks."""

    def __init__(self, name: str, engine: AsyncEngine) -> None:
        self._name = name
        self._engine = engine

    def __enter__(self) -> None:
        used, idle = (metrics.POOL_CONNECTIONS.labels(self._name, state) for state in ("used", "idle"))
        used.set_function(self._used)
        idle.set_function(self._idle)
        metrics.POOL_MAX.labels(self._name).set(self._pool.size())
        metrics.POOL_WAITING.labels(self._name).set_function(self._waiting)

    def __exit__(self, *_: object) -> None:
        for state in ("used", "idle"):
            metrics.POOL_CONNECTIONS.remove(self._name, state)
        metrics.POOL_MAX.remove(self._name)
        metrics.POOL_WAITING.remove(self._name)

    def _used(self) -> int:
        return self._pool.checkedout()

    def _idle(self) -> int:
        return self._pool.checkedin()

    def _waiting(self) -> int:
        return self._pool.waiting

    @property
    def _pool(self) -> WatchedPool:
        # Made anew when all its connections are given up.
        pool = self._engine.pool
        assert isinstance(pool, WatchedPool)  # noqa: S101 - `shared.database` makes no other
        return pool
