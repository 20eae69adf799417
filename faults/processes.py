"""The processes under test: API and worker processes of each service, started again whenever one dies."""

import asyncio
import contextlib
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from faults.launcher import live
from faults.plans import Crash, Plan, PlanFile
from services.console.kafka.cluster import free_ports
from shared.variables import SERVICES

# What `motcua` calls them; workers first, so that nobody is served before anybody works.
KINDS = {"worker": "work", "api": "serve"}
_LOOK_SECONDS = 0.05
_GRACE_SECONDS = 30.0
_LAST_LINES = 5

_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload(["faults.preloaded"])


@dataclass(frozen=True, slots=True)
class Name:
    """A process of the topology."""

    service: str
    kind: str
    number: int

    def __str__(self) -> str:
        return f"{self.service}-{self.kind}-{self.number}"


class Processes:
    """`copies` API processes and as many workers per service, each at a port of its own."""

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        logs: Path,
        *,
        copies: int,
        bugs: Sequence[str] = (),
    ) -> None:
        self._folder = folder
        self._environment = dict(environment)
        self._logs = logs
        self._bugs = bugs
        self.names = [
            Name(service, kind, number)
            for kind in KINDS
            for service in SERVICES
            for number in range(1, copies + 1)
        ]
        self._ports = dict(zip(self.names, free_ports(len(self.names)), strict=True))
        self._living: dict[Name, BaseProcess] = {}
        self._held: set[Name] = set()
        self.ends: dict[Name, list[int]] = {name: [] for name in self.names}
        """With which status each ended so far; the negative number of a signal."""

    @property
    def addresses(self) -> Mapping[str, Sequence[str]]:
        """Where the API processes of each service answer."""
        return {service: [self.pages[name] for name in self.of("api", service)] for service in SERVICES}

    @property
    def pages(self) -> Mapping[Name, str]:
        """Where each process says how it is."""
        return {name: f"http://127.0.0.1:{port}" for name, port in self._ports.items()}

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """All of them, watched over, until the end."""
        for name in self.names:
            self.plan_file(name).write(Plan((), self._bugs))
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
            await self._stop()

    def of(self, kind: str, service: str | None = None) -> Sequence[Name]:
        """Those of a kind."""
        return [name for name in self.names if name.kind == kind and service in {None, name.service}]

    def is_alive(self, name: Name) -> bool:
        """Whether it lives now."""
        process = self._living.get(name)
        return process is not None and process.is_alive()

    def hold(self, name: Name, number: signal.Signals) -> None:
        """End it so, and do not start it again."""
        self._held.add(name)
        self.signal(name, number)

    def release(self, name: Name) -> None:
        """Let it live again."""
        self._held.discard(name)

    def held(self, name: Name) -> bool:
        """Whether it was ended and not released."""
        return name in self._held

    def signal(self, name: Name, number: signal.Signals) -> bool:
        """Send it a signal; false where it does not live now."""
        process = self._living.get(name)
        if process is None or process.pid is None or not process.is_alive():
            return False
        os.kill(process.pid, number)
        return True

    def resident_bytes(self, name: Name) -> int:
        """The memory that a living process occupies; 0 for one that does not live now."""
        process = self._living.get(name)
        with contextlib.suppress(FileNotFoundError, IndexError):
            pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) if process else 0
            return pages * resource.getpagesize()
        return 0

    def plan_file(self, name: Name) -> PlanFile:
        """What it does wrong in its next lives."""
        return PlanFile(self._folder / f"{name}.json")

    def plan_crashes(self, name: Name, crashes: Sequence[Crash]) -> None:
        """Have it crash so, once in each of its next lives; the present one ends now."""
        self.plan_file(name).write(Plan(crashes, self._bugs))
        self.signal(name, signal.SIGKILL)

    def change(self, names: Iterable[Name], *changes: str) -> None:
        """Have them be different so in their next lives, or as they were; the present ones end in order."""
        for name in names:
            self.plan_changes(name, *changes)
            self.signal(name, signal.SIGTERM)

    def plan_changes(self, name: Name, *changes: str) -> None:
        """Have it be different so in its next lives, or as it was."""
        self.plan_file(name).write(Plan((), [*self._bugs, *changes]))

    def last_words(self) -> list[str]:
        """The ends of their logs."""
        return [
            line
            for path in sorted(self._logs.glob("*.log"))
            for line in [f"{path.name}:", *path.read_text(errors="replace").splitlines()[-_LAST_LINES:]]
        ]

    async def _watch(self) -> None:
        while True:
            for name in self.names:
                process = self._living.get(name)
                if process is not None and process.exitcode is not None:
                    self.ends[name].append(process.exitcode)
                    del self._living[name]
                if name not in self._living and name not in self._held:
                    self._living[name] = self._start(name)
            await asyncio.sleep(_LOOK_SECONDS)

    def _start(self, name: Name) -> BaseProcess:
        arguments = [KINDS[name.kind], name.service, "--port", str(self._ports[name])]
        log = self._logs / f"{name}.log"
        process = _forking.Process(
            target=live,
            args=(self._folder / f"{name}.json", log, self._environment, arguments),
            daemon=True,
        )
        process.start()
        return process

    async def _stop(self) -> None:
        """Everybody in order, and at once who was stopped in the middle or does not listen."""
        for name in self.names:
            self.signal(name, signal.SIGCONT)
            self.signal(name, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_SECONDS
        while any(process.is_alive() for process in self._living.values()):
            if time.monotonic() > deadline:
                for process in self._living.values():
                    process.kill()
            await asyncio.sleep(_LOOK_SECONDS)
