"""What bringing a system up has in common, however many processes it consists of.

This module stays light: it runs as long as the system does, beside processes that do the work.
"""

import contextlib
import http.client
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from services.console.failures import CommandError
from services.console.parent_death import die_with_parent
from services.console.run_folder import RunFolder
from services.console.start_check import check_settings
from services.console.supervisor import Supervisor
from shared.clock import SimulatedClock, SystemClock, local_time

CHECKOUT = Path(__file__).resolve().parents[2]

_READY_SECONDS = 60.0
_INTERRUPT_SECONDS = 10
# A replay begins on a day of its own choice; the calendar's data begins here.
_BEFORE_EVERY_REPLAY = local_time(date(2022, 1, 1), 0)


class StartError(CommandError):
    """The system cannot start; the message says why and what to do."""


class StartedSystem:
    """A system that is up and answers at `address`."""

    def __init__(
        self,
        folder: RunFolder,
        address: str,
        environment: Mapping[str, str],
        supervisor: Supervisor,
        *,
        metrics: Sequence[str],
    ) -> None:
        """`metrics` are the addresses at which its processes show theirs."""
        self.folder = folder
        self.address = address
        self.environment = environment
        self.metrics = metrics
        self._supervisor = supervisor

    def run(self, *arguments: str) -> int:
        """Run `motcua` with `arguments` against this system, watching over it; the command's exit status.

        Raises `GaveUpError`.
        """
        with subprocess.Popen(
            [*MOTCUA, *arguments],
            env=dict(self.environment),
            process_group=0,  # Ctrl-C is for us, who pass it on once
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - calls the kernel, nothing else
        ) as command:
            try:
                self._supervisor.watch(until=lambda: command.poll() is not None)
            except BaseException:
                _interrupt(command)
                raise
        return command.returncode

    def watch(self) -> None:
        """Keep everything running until a stop is asked for. Raises `GaveUpError`, `StopRequested`."""
        self._supervisor.watch(until=lambda: False)


def _interrupt(command: "subprocess.Popen[bytes]") -> None:
    command.send_signal(signal.SIGINT)
    try:
        command.wait(_INTERRUPT_SECONDS)
    except subprocess.TimeoutExpired:
        command.kill()


MOTCUA = (sys.executable, "-m", "services.console.main")
"""The command line, with this interpreter and this checkout."""


@contextlib.contextmanager
def claimed_folder(folder: RunFolder, *, demo: bool) -> Iterator[None]:
    """Read every setting, then make the folder and hold it for this system. Raises `CommandError`."""
    check_settings(folder.expected_environment(demo=demo), demo=demo)
    folder.prepare()
    with folder.claimed():
        yield


def start_clock(folder: RunFolder, *, for_replay: bool) -> None:
    """Set the business clock of a new demo: to the machine's time, or where a replay takes it from."""
    clock = SimulatedClock(folder.business_clock)
    if clock.is_set:
        return
    clock.set(_BEFORE_EVERY_REPLAY if for_replay else SystemClock().now())
    if not for_replay:
        clock.run_on()


def prepare(folder: RunFolder, environment: Mapping[str, str]) -> None:
    """Bring tables, streams and reference data up to date. Raises `StartError`."""
    done = subprocess.run(
        [sys.executable, "-m", "services.console.prepare_process", str(folder.path)],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StartError(f"tables and reference data could not be prepared:\n{done.stderr.strip()}")


def wait_until_answered(
    port: int, path: str, supervisor: Supervisor, *, seconds: float = _READY_SECONDS
) -> None:
    """Return when `path` on `port` answers 200. Raises `StartError`, `GaveUpError`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        supervisor.check()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=0.5)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except (TimeoutError, OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.05)
    raise StartError(f"the services did not answer within {seconds:g} s; see the logs")
