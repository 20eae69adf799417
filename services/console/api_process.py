"""The API process of an embedded system: three applications at one address, on a socket it is handed."""

import socket
import sys

import uvicorn

from services.console.gateway import Gateway
from services.console.http_protocol import BoundedHttpProtocol
from services.console.service_parts import applications, settings_of_services, wait_for_go
from shared.observability.logging import configure_logging


def serve(go: int, listener: socket.socket) -> None:
    """Serve from `go` until SIGTERM; requests that have begun get up to 20 s to end."""
    settings = settings_of_services()
    configure_logging("api", level=settings["intake"].log_level)
    gateway = Gateway(applications(settings))
    wait_for_go(go)
    uvicorn.Server(server_config(gateway)).run(sockets=[listener])


def server_config(gateway: Gateway) -> uvicorn.Config:
    """How an embedded system serves HTTP."""
    return uvicorn.Config(
        gateway,
        loop="uvloop",
        http=BoundedHttpProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,  # paths hold dossier codes; what is done is in the history
        server_header=False,
        proxy_headers=False,  # nobody stands in front of an embedded system
        limit_concurrency=512,  # beyond this a quick 503 serves everybody better than a long wait
        backlog=1024,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=20,
    )


if __name__ == "__main__":
    serve(go=int(sys.argv[1]), listener=socket.socket(fileno=int(sys.argv[2])))
