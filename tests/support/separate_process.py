"""A process of ours as an orchestrator runs it, and whether it answers."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection
from pathlib import Path

START_SECONDS = 60


class Process:
    """A process that was started, and the port on which it answers."""

    def __init__(self, environment: Mapping[str, str], log: Path, port: int | None, *arguments: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = port or free.getsockname()[1]
        self.log = log
        with log.open("wb") as file:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "services.console.main", *arguments, "--port", str(self.port)],
                env=dict(environment),
                stdout=file,
                stderr=file,
            )

    def status(self, path: str) -> int | None:
        """None when nobody answers."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return None
        finally:
            connection.close()

    def wait_until_alive(self) -> None:
        self.eventually(lambda: self.status("/livez") == 200)

    def wait_until_ready(self) -> None:
        self.eventually(lambda: self.status("/readyz") == 200)

    def eventually(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not holds():
            assert self.popen.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)
