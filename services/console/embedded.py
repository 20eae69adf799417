"""The whole system on one machine: PostgreSQL, one API process, one worker process, one supervisor.

This module stays light: it runs as long as the system does, beside processes that do the work.
"""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from types import FrameType

from services.console.embedded_postgres import EmbeddedPostgres
from services.console.listening import CannotListenError, listen
from services.console.parent_death import die_with_parent
from services.console.run_folder import RunFolder, create_databases, given_addresses
from services.console.supervisor import Child, Supervisor
from shared.clock import SimulatedClock, SystemClock, local_time

CHECKOUT = Path(__file__).resolve().parents[2]

_READY_SECONDS = 60
# A replay begins on a day of its own choice; the calendar's data begins here.
_BEFORE_EVERY_REPLAY = local_time(date(2022, 1, 1), 0)


class StartError(Exception):
    """The system cannot start; the message says why and what to do."""


class StopRequested(BaseException):
    """Somebody asked the system to stop (Ctrl-C, SIGTERM)."""


class EmbeddedSystem:
    """A system that is up and answers at `address`."""

    def __init__(
        self, folder: RunFolder, address: str, environment: Mapping[str, str], supervisor: Supervisor
    ) -> None:
        self.folder = folder
        self.address = address
        self.environment = environment
        self._supervisor = supervisor

    def run(self, *arguments: str) -> int:
        """Run `motcua` with `arguments` against this system, watching over it; the command's exit status.

        Raises `GaveUpError`.
        """
        with subprocess.Popen(
            _motcua(*arguments),
            env=dict(self.environment),
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - calls the kernel, nothing else
        ) as command:
            try:
                self._supervisor.watch(until=lambda: command.poll() is not None)
            except BaseException:
                command.terminate()
                raise
        return command.returncode

    def watch(self) -> None:
        """Keep everything running until a stop is asked for. Raises `GaveUpError`, `StopRequested`."""
        self._supervisor.watch(until=lambda: False)


@contextlib.contextmanager
def embedded_system(
    folder: RunFolder,
    *,
    port: int,
    demo: bool = True,
    for_replay: bool = False,
    tell: Callable[[str], None] = print,
) -> Iterator[EmbeddedSystem]:
    """Bring everything up on the loopback address, `port` 0 taking any free one; stop it at the end.

    The business clock of a new demo runs at the machine's time; for a replay it stands until that moves it.
    Raises `StartError`, `PostgresStartError`, `GaveUpError` with messages for the person who starts.
    """
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(_listen(port))
        folder.prepare()
        server = EmbeddedPostgres(folder.postgres)
        if not given_addresses():
            tell("Starting PostgreSQL ...")
            stack.enter_context(server)
            create_databases(server)
        environment = folder.environment(server, demo=demo)
        if demo:
            _start_clock(folder, for_replay=for_replay)
        supervisor = stack.enter_context(_services(folder, environment, listener, tell))
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        _wait_until_it_answers(listener.getsockname()[1], supervisor)
        stack.enter_context(folder.announced(address))
        yield EmbeddedSystem(folder, address, environment, supervisor)


@contextlib.contextmanager
def stop_on_signals() -> Iterator[None]:
    """Ctrl-C and SIGTERM raise `StopRequested` once inside; while everything stops, more of them wait."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise StopRequested

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listen(port: int) -> socket.socket:
    try:
        # Handed to the API process: callers of one that is restarted wait in its queue.
        return listen("127.0.0.1", port)
    except CannotListenError as error:
        raise StartError(str(error)) from error


def _start_clock(folder: RunFolder, *, for_replay: bool) -> None:
    clock = SimulatedClock(folder.business_clock)
    if clock.is_set:
        return
    clock.set(_BEFORE_EVERY_REPLAY if for_replay else SystemClock().now())
    if not for_replay:
        clock.run_on()


def _motcua(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "services.console.main", *arguments]


def _prepare(folder: RunFolder, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "services.console.prepare_process", str(folder.path)],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StartError(f"tables and reference data could not be prepared:\n{done.stdout}{done.stderr}")


@contextlib.contextmanager
def _services(
    folder: RunFolder, environment: Mapping[str, str], listener: socket.socket, tell: Callable[[str], None]
) -> Iterator[Supervisor]:
    # The services load their code while tables and reference data are prepared, and wait for the end of a
    # pipe before they connect.
    go, held_back = os.pipe()
    handed = listener.fileno()

    def child(name: str, *descriptors: int) -> Child:
        command = [sys.executable, "-m", f"services.console.{name}_process", *map(str, descriptors)]
        return Child(name, command, environment, folder.logs / f"{name}.log", descriptors)

    supervisor = Supervisor([child("worker", go), child("api", go, handed)], tell=tell)
    try:
        supervisor.start()
        tell("Bringing tables and reference data up to date ...")
        try:
            _prepare(folder, environment)
        finally:
            os.close(held_back)
        tell("Starting the services ...")
        yield supervisor
    finally:
        supervisor.stop()
        os.close(go)


def _wait_until_it_answers(port: int, supervisor: Supervisor) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        supervisor.check()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=0.5)
        try:
            connection.request("GET", "/livez")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except (TimeoutError, OSError, http.client.HTTPException):
            time.sleep(0.05)
        finally:
            connection.close()
    raise StartError(f"the services did not answer within {_READY_SECONDS} s; see the logs")
