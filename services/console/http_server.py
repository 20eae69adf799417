"""How a process serves HTTP, and how it ends: whoever sends requests hears of it before that."""

import socket
import time
from types import FrameType

import uvicorn

from services.console.collecting import collect_seldom
from services.console.http_protocol import BoundedHttpProtocol
from shared.observability.process_metrics import watch_process
from shared.web.health import Health

# With the longest usual wait before it, within the 30 s that orchestrators give.
_FINISH_SECONDS = 20


def server_config(health: Health) -> uvicorn.Config:
    """How every process of ours serves HTTP."""
    return uvicorn.Config(
        health,
        loop="uvloop",
        http=BoundedHttpProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,  # paths hold dossier codes; what is done is in the history
        server_header=False,
        proxy_headers=False,  # nothing depends on where a request comes from, only on its token
        backlog=1024,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=_FINISH_SECONDS,
    )


class EndingServer(uvicorn.Server):
    """Told to stop, it says that it is not ready, serves on for `drain_seconds`, and finishes what has begun.

    Told a second time it ends at once. It ends with status 0.
    """

    def __init__(self, health: Health, *, drain_seconds: float) -> None:
        super().__init__(server_config(health))
        self._health = health
        self._drain_seconds = drain_seconds
        self._ends_at = float("inf")
        collect_seldom()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        watch_process(self._health.process)
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._health.ending:
            self.should_exit = True
            self.force_exit = True
            return
        self._health.ending = True
        self._ends_at = time.monotonic() + self._drain_seconds

    async def on_tick(self, counter: int) -> bool:
        if time.monotonic() >= self._ends_at:
            self.should_exit = True
        return await super().on_tick(counter)
