"""The whole system on one machine: PostgreSQL, one API process, one worker process, one supervisor.

This module stays light: it runs as long as the system does, beside processes that do the work.
"""

import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

from services.console.backup.archive import archive_child, prepare_archive
from services.console.embedded_postgres import EmbeddedPostgres
from services.console.listening import CannotListenError, listen
from services.console.partners import partners
from services.console.run_folder import LOG_VARIABLE, RunFolder, create_databases, given_addresses
from services.console.starting import (
    StartedSystem,
    StartError,
    claimed_folder,
    prepare,
    start_clock,
    wait_until_answered,
)
from services.console.supervisor import Child, Supervisor

_LAST_PORT = 65535


class StopRequested(BaseException):
    """Somebody asked the system to stop (Ctrl-C, SIGTERM)."""


@contextlib.contextmanager
def embedded_system(
    folder: RunFolder,
    *,
    port: int,
    demo: bool = True,
    for_replay: bool = False,
    archive: Path | None = None,
    tell: Callable[[str], None] = print,
) -> Iterator[StartedSystem]:
    """Bring everything up on the loopback address, `port` 0 taking any free one; stop it at the end.

    The business clock of a new demo runs at the machine's time; for a replay it stands until that moves it.
    The log of the databases, documents and keys are copied to the backup place `archive` as they come.
    Raises `CommandError` with a message for the person who starts.
    """
    with contextlib.ExitStack() as stack:
        # Handed to the API process: callers of one that is restarted wait in its queue.
        listener = stack.enter_context(listen("127.0.0.1", port))
        metrics = stack.enter_context(_beside(listener))
        stack.enter_context(claimed_folder(folder, demo=demo))
        server = EmbeddedPostgres(folder.postgres)
        if not given_addresses():
            tell("Starting PostgreSQL ...")
            stack.enter_context(server)
            create_databases(server)
            prepare_archive(server, archive)
        elif archive is not None:
            raise StartError("the databases are elsewhere: archive their logs there")
        environment = folder.environment(server, demo=demo)
        folder.keep_log(environment[LOG_VARIABLE])
        if demo:
            start_clock(folder, for_replay=for_replay)
        # The first to start, and so the last to end before the server does.
        first = [] if archive is None else [archive_child(folder, archive, environment)]
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        if simulated := stack.enter_context(partners(folder, address)) if demo else None:
            environment |= simulated.environment
            first.append(simulated.child(environment))
        supervisor = stack.enter_context(_services(folder, environment, listener, metrics, first, tell))
        wait_until_answered(listener.getsockname()[1], "/livez", supervisor)
        stack.enter_context(folder.announced(address, log_url=environment[LOG_VARIABLE]))
        of_worker = f"http://127.0.0.1:{metrics.getsockname()[1]}"
        shown = [f"{place}/metrics" for place in (address, of_worker)]
        yield StartedSystem(folder, address, environment, supervisor, metrics=shown)


@contextlib.contextmanager
def stop_on_signals() -> Iterator[None]:
    """Ctrl-C and SIGTERM raise `StopRequested` once inside; from then on more of them mean nothing."""
    asked = False

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if not asked:
            asked = True
            raise StopRequested

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        # The process that was asked is about to end: an impatient second Ctrl-C must not change how.
        if not asked:
            for number, handler in before.items():
                signal.signal(number, handler)


def _beside(listener: socket.socket) -> socket.socket:
    """Where the worker shows its metrics: on the next port, which a scraper finds again, or any free one."""
    port = listener.getsockname()[1] + 1
    try:
        return listen("127.0.0.1", port if port <= _LAST_PORT else 0)
    except CannotListenError:
        return listen("127.0.0.1", 0)


@contextlib.contextmanager
def _services(
    folder: RunFolder,
    environment: Mapping[str, str],
    listener: socket.socket,
    metrics: socket.socket,
    first: Sequence[Child],
    tell: Callable[[str], None],
) -> Iterator[Supervisor]:
    # The services load their code while tables and reference data are prepared, and wait for the end of a
    # pipe before they connect.
    go, held_back = os.pipe()
    handed, shown = listener.fileno(), metrics.fileno()

    def child(name: str, *descriptors: int) -> Child:
        command = [sys.executable, "-m", f"services.console.{name}_process", *map(str, descriptors)]
        return Child(name, command, environment, folder.logs / f"{name}.log", descriptors)

    supervisor = Supervisor([*first, child("worker", go, shown), child("api", go, handed)], tell=tell)
    try:
        supervisor.start()
        tell("Bringing tables and reference data up to date ...")
        try:
            prepare(folder, environment)
        finally:
            os.close(held_back)
        tell("Starting the services ...")
        yield supervisor
    finally:
        supervisor.stop()
        os.close(go)
