"""`motcua work`: one worker process of one service."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.console.serve import Host, Service

if TYPE_CHECKING:
    from services.console.service_parts import WorkerRun
    from shared.readiness import Readiness


def work(
    service: Service,
    host: Host = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port of /livez, /readyz and /metrics.")
    ] = 8001,
) -> None:
    """Run one worker process of a service until SIGTERM.

    It is the relay, the consumers and the timers. Any number of them may run: they share the work out
    among themselves. On SIGTERM it finishes the batch in flight, or after 20 s leaves it uncommitted, and
    ends.
    """
    import uvloop

    from services.console.listening import listen
    from services.console.observation import observed
    from services.console.service_parts import readiness_of, settings_of_services, worker_of
    from services.console.worker_process import until_told_to_stop

    settings = settings_of_services([service])[service]
    process = f"{service} worker"
    with (
        observed(process, settings),
        listen(host, port) as listener,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        workers = {service: worker_of(service), "health": _health(listener, readiness_of(settings), process)}
        runner.run(until_told_to_stop(process, workers, dict.fromkeys(workers, settings)))


def _health(listener: socket.socket, readiness: "Readiness", process: str) -> "WorkerRun":
    import uvicorn
    from starlette.applications import Starlette

    from services.console.http_server import server_config
    from shared.web.health import Health

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield  # they are for the whole process, which knows what to finish

    async def run(_: Any, stop: asyncio.Event) -> None:
        server = Server(server_config(Health(Starlette(), [readiness], process=process)))
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve(sockets=[listener]))
            await stop.wait()
            server.should_exit = True

    return run
