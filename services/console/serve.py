"""`motcua serve`: one API process of one service."""

from typing import Annotated, Literal

import typer

ServiceName = Literal["intake", "processing", "stats"]
Service = Annotated[ServiceName, typer.Argument(help="The service.")]
Host = Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for every one of this machine.")]


def serve(
    service: Service,
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port of the API.")] = 8000,
) -> None:
    """Run one API process of a service until SIGTERM.

    The environment tells it everything. Any number of them may run. `/livez`, `/readyz` and `/metrics` say
    how it is. On SIGTERM it calls itself not ready, serves on for MOTCUA_DRAIN_DELAY, finishes what has
    begun and ends.
    """
    from services.console.http_server import EndingServer
    from services.console.listening import listen
    from services.console.observation import observed
    from services.console.service_parts import application, readiness_of, settings_of_services
    from shared.web.health import Health

    settings = settings_of_services([service])[service]
    process = f"{service} api"
    with observed(process, settings), listen(host, port) as listener:
        health = Health(application(settings), [readiness_of(settings)], process=process)
        server = EndingServer(health, drain_seconds=settings.drain_delay.total_seconds())
        server.run(sockets=[listener])
