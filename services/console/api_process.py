"""The API process of an embedded system: three applications at one address, on a socket it is handed."""

import socket
import sys

from services.console.gateway import Gateway
from services.console.http_server import EndingServer
from services.console.observation import observed
from services.console.service_parts import applications, readiness_of, settings_of_services, wait_for_go
from shared.web.health import Health


def serve(go: int, listener: socket.socket) -> None:
    """Serve from `go` until SIGTERM; requests that have begun get up to 20 s to end."""
    settings = settings_of_services()
    with observed("api", settings["intake"]):
        readiness = [readiness_of(each) for each in settings.values()]
        health = Health(Gateway(applications(settings)), readiness, process="api")
        wait_for_go(go)
        # Nobody stands in front who would have to hear of the end.
        EndingServer(health, drain_seconds=0).run(sockets=[listener])


if __name__ == "__main__":
    serve(go=int(sys.argv[1]), listener=socket.socket(fileno=int(sys.argv[2])))
