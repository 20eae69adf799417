"""Keeps child processes running: starts them in order, restarts what dies, stops them in reverse order."""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.console.failures import CommandError
from services.console.parent_death import die_with_parent

_POLL_SECONDS = 0.1
_LAST_LINES = 15


@dataclass(frozen=True, slots=True)
class Child:
    """A program to keep running. It ends in order on SIGTERM; `inherited` are descriptors it is handed."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    inherited: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a child may die. One that lived `stable_seconds` starts with a clean sheet."""

    first_pause_seconds: float = 0.5
    longest_pause_seconds: float = 15
    stable_seconds: float = 60
    attempts: int = 5
    grace_seconds: float = 30
    """How long a child may take to end after SIGTERM; it is killed then."""


class GaveUpError(CommandError):
    """A child died again and again; the message ends with the last lines of its log."""


class Supervisor:
    """Runs `children`. Only one thread may use it: the kernel ties the children to the thread's life."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        patience: Patience | None = None,
        tell: Callable[[str], None] = print,
    ) -> None:
        self._patience = patience or Patience()
        self._tell = tell
        self._kept = [_Kept(child) for child in children]

    def start(self) -> None:
        """Start every child, in order."""
        for kept in self._kept:
            kept.start()

    def check(self) -> None:
        """Restart what has died and waited long enough. Raises `GaveUpError` when it dies too often."""
        now = time.monotonic()
        for kept in self._kept:
            if kept.process is not None and (status := kept.process.poll()) is not None:
                self._mourn(kept, status, now)
            if kept.process is None and now >= kept.start_again_at:
                kept.start()

    def watch(self, until: Callable[[], bool]) -> None:
        """`check` until `until()` holds."""
        while not until():
            self.check()
            time.sleep(_POLL_SECONDS)

    def pid(self, name: str) -> int | None:
        """The process that runs as `name` now; None between two lives."""
        return next(
            (kept.process.pid for kept in self._kept if kept.child.name == name and kept.process), None
        )

    def stop(self) -> None:
        """End every child, the last started first, each before the next. Stopping twice is allowed."""
        for kept in reversed(self._kept):
            kept.stop(self._patience.grace_seconds)

    def _mourn(self, kept: "_Kept", status: int, now: float) -> None:
        kept.process = None
        kept.deaths = 1 if now - kept.started_at > self._patience.stable_seconds else kept.deaths + 1
        cause = f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"
        if kept.deaths >= self._patience.attempts:
            message = (
                f"{kept.child.name} ended {kept.deaths} times, last with {cause}. {kept.child.log} ends:"
            )
            raise GaveUpError("\n".join([message, *kept.last_lines()]))
        doubled = self._patience.first_pause_seconds * 2 ** (kept.deaths - 1)
        pause = min(doubled, self._patience.longest_pause_seconds)
        kept.start_again_at = now + pause
        self._tell(f"{kept.child.name} ended with {cause} (see {kept.child.log}); again in {pause:g} s")


class _Kept:
    """A child and its present process."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.start_again_at = 0.0
        self.deaths = 0

    def start(self) -> None:
        with self.child.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.child.command,
                env=dict(self.child.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=self.child.inherited,
                process_group=0,  # Ctrl-C is for the supervisor, who stops everything in order
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - calls the kernel, nothing else
            )
        self.started_at = time.monotonic()

    def stop(self, grace_seconds: float) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def last_lines(self) -> list[str]:
        return self.child.log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
