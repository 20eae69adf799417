"""Writes the proxy's configurations in `deploy/`: `make docs`."""

import sys
from collections.abc import Callable, Mapping

from services.console.cluster.proxy import configuration
from shared.variables import SERVICES

_FROM = "# Generated from services/console/routing.py by `make docs`; do not edit.\n\n"
_TLS = "ssl crt {certificate} alpn h2,http/1.1 ssl-min-ver TLSv1.2"
_ENTRANCE = ('http-response set-header strict-transport-security "max-age=31536000"',)
# More than anybody scales to on one host; unused places cost nothing.
_PLACES = 8


def compose() -> str:
    """Finds however many processes of a service there are by its name."""
    servers = {
        service: [f"server-template {service}- {_PLACES} {service}-api:8000 resolvers docker init-addr none"]
        for service in SERVICES
    }
    resolvers = "\nresolvers docker\n    nameserver dns 127.0.0.11:53\n    hold valid 2s\n"
    bind = f":8443 {_TLS.format(certificate='/run/secrets/proxy.pem')}"
    return _FROM + configuration(bind, servers, entrance=_ENTRANCE, sections=resolvers)


def systemd() -> str:
    """Knows the instances that `motcua.target` wants."""
    servers = {
        service: [f"server {service}-{port} 127.0.0.1:{port}" for port in api_ports(service)]
        for service in SERVICES
    }
    bind = f":443 {_TLS.format(certificate='/etc/haproxy/motcua.pem')}"
    return _FROM + configuration(bind, servers, entrance=_ENTRANCE)


def api_ports(service: str) -> tuple[int, int]:
    """The ports of a service's two API processes on a host of its own."""
    first = 8101 + 10 * SERVICES.index(service)
    return first, first + 1


PAGES: Mapping[str, Callable[[], str]] = {
    "deploy/compose/haproxy.cfg": compose,
    "deploy/systemd/haproxy.cfg": systemd,
}

if __name__ == "__main__":
    print(PAGES[sys.argv[1]](), end="")
