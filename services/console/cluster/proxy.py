"""The configuration of HAProxy, the one address in front of all API processes.

It sends a path to the service whose it is, to those of its processes that call themselves ready. Requests are
not logged: their paths hold dossier codes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from services.console.routing import OTHERWISE, PATHS
from shared.variables import SERVICES

_HEAD = """\
global
    maxconn 4000
    log stdout format raw local0 notice

defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    timeout http-request 15s
    timeout http-keep-alive 30s
    timeout queue 5s
    # Only what certainly reached nobody is sent again; everything else is the caller's, with the same key.
    retries 2
    retry-on conn-failure
    option redispatch 1
"""
_AWAY = (
    '{"type":"urn:motcua:problem:unavailable","title":"Unavailable","status":%d,'
    '"detail":"no process of the service answers; come again","code":"unavailable"}'
)
_CHECKED = """\
    log global
    balance leastconn
    option httpchk
    http-check send meth GET uri /readyz
    timeout check 2s
    default-server check inter 1s fastinter 500ms fall 2 rise 1
    default-server observe layer4 error-limit 1 on-error mark-down
    # Below what a process takes at once, so that its probes never wait in line with requests.
    default-server maxconn 256
"""


def configuration(
    bind: str, servers: Mapping[str, Sequence[str]], *, entrance: Sequence[str] = (), sections: str = ""
) -> str:
    """The whole file. `servers` are the `server` lines of each service, without their indentation.

    `entrance` are more lines of the frontend, `sections` stands before it.
    """
    frontend = f"\nfrontend entrance\n{_lines(_entrance(bind, entrance))}"
    backends = [f"\nbackend {service}\n{_CHECKED}{_lines(servers[service])}" for service in SERVICES]
    return "".join([_HEAD, _lines(_errors()), sections, frontend, *backends])


def _entrance(bind: str, more: Sequence[str]) -> Iterator[str]:
    yield f"bind {bind}"
    yield from more
    yield "monitor-uri /livez"
    yield "# How single processes are is nobody's business outside."
    yield "http-request return status 404 if { path /readyz /metrics }"
    yield "http-request redirect location /docs/intake if { path / /docs }"
    for service, paths in PATHS.items():
        yield f"acl for_{service} path {' '.join(paths)}"
        yield f"acl for_{service} path_beg {' '.join(f'{path}/' for path in paths)}"
    for service in PATHS:
        yield f"use_backend {service} if for_{service}"
    yield f"default_backend {OTHERWISE}"


def _errors() -> Iterator[str]:
    for status in (502, 503, 504):
        yield (
            f"http-error status {status} content-type application/problem+json"
            f" string '{_AWAY % status}' hdr retry-after 1"
        )


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"    {line}\n" for line in lines)
