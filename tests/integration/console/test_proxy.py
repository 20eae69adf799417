"""HAProxy with our configuration: paths, balance, who is taken out, and what callers hear then."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from services.console.cluster.proxy import configuration
from services.console.cluster.system import haproxy
from services.console.kafka.cluster import free_ports
from services.console.routing import service_of
from services.console.starting import StartError
from shared.variables import SERVICES


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *where: Any) -> None:
        # A proxy ends its checks by a reset, which is nothing to be told.
        if not isinstance(sys.exception(), ConnectionResetError):
            super().handle_error(*where)


class Upstream:
    """A process of a service that says who it is, and on request that it is not ready."""

    def __init__(self, name: str) -> None:
        self.ready = True
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status = 503 if self.path == "/readyz" and not upstream.ready else 200
                self.send_response(status)
                self.send_header("content-length", str(len(name)))
                self.end_headers()
                self.wfile.write(name.encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = _Quiet(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Proxy:
    """A running HAProxy before two processes of each service."""

    def __init__(self, folder: Path) -> None:
        try:
            program = haproxy()
        except StartError as reason:
            pytest.skip(f"NOT TESTED: {reason}")
        self.upstreams = {
            f"{service}-{n}": Upstream(f"{service}-{n}") for service in SERVICES for n in (1, 2)
        }
        servers = {
            service: [
                f"server {name} 127.0.0.1:{upstream.port}"
                for name, upstream in self.upstreams.items()
                if name.startswith(service)
            ]
            for service in SERVICES
        }
        (self.port,) = free_ports(1)
        file = folder / "haproxy.cfg"
        file.write_text(configuration(f"127.0.0.1:{self.port}", servers))
        self.process = subprocess.Popen([program, "-db", "-q", "-f", str(file)], stdout=subprocess.DEVNULL)

    def get(self, path: str) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def who(self, path: str) -> set[str]:
        """Who answers twelve calls, one after another."""
        return {self.get(path)[1] for _ in range(12)}

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for upstream in self.upstreams.values():
            upstream.end()


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    proxy = Proxy(tmp_path)
    try:
        eventually(lambda: answers(proxy))
        yield proxy
    finally:
        proxy.end()


def answers(proxy: Proxy) -> bool:
    try:
        return proxy.get("/livez")[0] == 200
    except OSError:
        return False


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_every_path_reaches_both_processes_of_its_service(proxy: Proxy) -> None:
    for path in (
        "/v1/dossiers/1",
        "/v1/cases",
        "/v1/cases/1/start",
        "/v1/caseswork",
        "/v1/reports",
        "/docs/statistics",
    ):
        assert proxy.who(path) == {f"{service_of(path)}-{n}" for n in (1, 2)}


def test_single_processes_are_not_seen_from_outside(proxy: Proxy) -> None:
    assert {proxy.get(path)[0] for path in ("/readyz", "/metrics")} == {404}


def test_who_is_not_ready_gets_no_calls_until_it_is(proxy: Proxy) -> None:
    proxy.upstreams["stats-1"].ready = False
    eventually(lambda: proxy.who("/v1/reports") == {"stats-2"})
    assert proxy.who("/v1/cases") == {"processing-1", "processing-2"}
    proxy.upstreams["stats-1"].ready = True
    eventually(lambda: proxy.who("/v1/reports") == {"stats-1", "stats-2"})


def test_a_process_that_is_gone_costs_no_caller_an_answer(proxy: Proxy) -> None:
    proxy.upstreams.pop("intake-1").end()
    assert proxy.who("/v1/dossiers") == {"intake-2"}


def test_where_nobody_is_left_callers_hear_it_in_the_form_of_every_refusal(proxy: Proxy) -> None:
    for number in (1, 2):
        proxy.upstreams.pop(f"stats-{number}").end()
    eventually(lambda: proxy.get("/v1/reports")[0] == 503)
    problem = json.loads(proxy.get("/v1/reports")[1])
    assert (problem["status"], problem["code"]) == (503, "unavailable")
    assert proxy.get("/v1/cases")[0] == 200
