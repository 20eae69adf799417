"""`motcua serve` and `motcua work` as an orchestrator runs them: probes, and an end in order."""

import contextlib
import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.console.preparation import migrate
from shared.variables import SERVICES, database_variable
from tests.support.postgres import FreshDatabase
from tests.support.separate_process import START_SECONDS, Process

Start = Callable[..., Process]


@pytest.fixture
def start(fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[Start]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MOTCUA_")}
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    addresses = {database_variable(service): fresh_database() for service in SERVICES}
    addresses["MOTCUA_LOG_URL"] = fresh_database()
    migrate(addresses)
    for name, value in {**addresses, "MOTCUA_SEALING_KEY": "x" * 40}.items():
        (secrets / name).write_text(value)
    environment |= {
        "MOTCUA_SECRETS": str(secrets),
        "MOTCUA_OBJECT_STORE_URL": (tmp_path / "documents").as_uri(),
        "MOTCUA_TOKEN_ISSUER": "https://sign-on.example",
        "MOTCUA_TOKEN_KEYS": str(tmp_path / "keys.json"),
        "MOTCUA_DRAIN_DELAY": "PT1S",
    }
    started: list[Process] = []

    def begin(*arguments: str, port: int | None = None, **more: str) -> Process:
        log = tmp_path / f"{len(started)}.log"
        started.append(Process({**environment, **more}, log, port, *arguments))
        return started[-1]

    yield begin
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            process.popen.kill()
        process.popen.wait()


def test_an_api_process_ends_in_order(start: Start) -> None:
    process = start("serve", "intake")
    process.wait_until_ready()
    assert process.status("/metrics") == 200
    slow = socket.create_connection(("127.0.0.1", process.port))
    slow.sendall(
        b"POST /v1/dossiers HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        b"content-length: 2\r\nidempotency-key: 12345678\r\n\r\n{"
    )
    process.popen.send_signal(signal.SIGTERM)
    process.eventually(lambda: process.status("/readyz") == 503)
    assert process.status("/livez") == 200
    assert process.status("/v1/dossiers/H41.SYT-230515-0001") == 401
    process.eventually(lambda: process.status("/livez") is None)
    slow.sendall(b"}")
    assert slow.recv(100).startswith(b"HTTP/1.1 401")
    slow.close()
    assert process.popen.wait(10) == 0


def test_a_second_request_to_end_is_obeyed_at_once(start: Start) -> None:
    process = start("serve", "stats", MOTCUA_DRAIN_DELAY="PT1M")
    process.wait_until_ready()
    process.popen.send_signal(signal.SIGTERM)
    process.eventually(lambda: process.status("/readyz") == 503)
    process.popen.send_signal(signal.SIGTERM)
    assert process.popen.wait(10) == 0


@pytest.mark.parametrize("service", SERVICES)
def test_a_worker_answers_probes_and_ends_in_order(start: Start, service: str) -> None:
    process = start("work", service)
    process.wait_until_ready()
    assert {process.status(path) for path in ("/livez", "/metrics")} == {200}
    assert process.status("/v1/dossiers") == 404
    process.popen.send_signal(signal.SIGTERM)
    assert process.popen.wait(10) == 0
    assert '"stopped"' in process.log.read_text()


def test_a_port_that_is_taken_is_told(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for command in ("serve", "work"):
            process = start(command, "stats", port=taken.getsockname()[1])
            assert process.popen.wait(START_SECONDS) == 1
            assert "cannot be used" in process.log.read_text()
