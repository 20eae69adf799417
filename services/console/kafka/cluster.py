"""Apache Kafka brokers of our own, for development and tests. They need Maven and Java, nothing else."""

import base64
import contextlib
import random
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from services.console.failures import CommandError
from services.console.folder_lock import FolderInUseError, locked
from services.console.kafka.distribution import SETTINGS, Distribution, distribution
from services.console.kafka.probe import living_brokers
from services.console.parent_death import die_with_parent

HOST = "127.0.0.1"

_START_SECONDS = 180
_STOP_SECONDS = 30
_HANDOVER_SECONDS = 20
_POLL_SECONDS = 0.1
_LAST_LINES = 15
# Below the ports that systems lend to outgoing connections: one of those could take the port of a broker
# that is down, and keep it from coming back.
_PORTS = range(20_000, 32_000)


class KafkaStartError(CommandError):
    """The brokers cannot run; the message says why and what to do."""


class KafkaCluster:
    """`brokers` Kafka brokers whose data lies in `folder`, each a controller too, for this machine only.

    Every record is kept by all of them and confirmed by all but one. Only one thread may use it: the kernel
    ties the brokers to the thread's life.
    """

    def __init__(self, folder: Path, *, brokers: int = 1) -> None:
        self.folder = folder.absolute()
        self._numbers = range(1, brokers + 1)
        self._ports: Sequence[int] = ()
        self._lock = -1
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._release = contextlib.ExitStack()

    @property
    def servers(self) -> str:
        """`host:port` of every broker, comma between."""
        return ",".join(f"{HOST}:{self._port(number)}" for number in self._numbers)

    @property
    def address(self) -> str:
        """The address of the log in this cluster, for `MOTCUA_LOG_URL`."""
        return f"kafka://{self.servers}?replication={len(self._numbers)}"

    @property
    def numbers(self) -> Sequence[int]:
        """Names of the brokers: 1, 2, ..."""
        return self._numbers

    def start(self, *, first_port: int = 0) -> None:
        """Return when every broker takes requests, on `first_port` and those after it, or any free ones.

        Raises `KafkaStartError`, and `KafkaMissingError` when the machine lacks what a broker runs from.
        """
        programs = distribution()
        self.folder.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as undo:
            try:
                self._lock = undo.enter_context(locked(self.folder, handover_seconds=_HANDOVER_SECONDS))
            except FolderInUseError as error:
                message = f"process {error.owner} already runs Kafka on {self.folder}; stop it first"
                raise KafkaStartError(message) from error
            count = 2 * len(self._numbers)
            self._ports = range(first_port, first_port + count) if first_port else free_ports(count)
            self._format(programs)
            undo.callback(self._end_all)
            for number in self._numbers:
                self._launch(number, programs)
            for number in self._numbers:
                self._wait_until_ready(number)
            self._release = undo.pop_all()

    def stop(self) -> None:
        """Let every broker end in order. Stopping twice is allowed."""
        self._release.close()

    def kill(self, number: int) -> None:
        """End one broker at once, as a power failure of its machine would."""
        process = self._running.pop(number)
        process.kill()
        process.wait()

    def restart(self, number: int) -> None:
        """Start a broker that is down; return when it takes requests. Raises `KafkaStartError`."""
        self._launch(number, distribution())
        self._wait_until_ready(number)

    def pid(self, number: int) -> int:
        """The process of a broker that was not killed."""
        return self._running[number].pid

    def ended(self) -> Sequence[int]:
        """The brokers that ended though nobody asked them to."""
        return [number for number, process in self._running.items() if process.poll() is not None]

    def log(self, number: int) -> Path:
        """What a broker tells."""
        return self._place(number) / "broker.log"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def properties(self, number: int) -> Mapping[str, str]:
        """What one broker is told beyond the common settings."""
        copies = str(len(self._numbers))
        most = str(max(1, len(self._numbers) - 1))
        return {
            "node.id": str(number),
            "log.dirs": str(self._place(number) / "data"),
            "listeners": f"PLAINTEXT://{HOST}:{self._port(number)},CONTROLLER://{HOST}:{self._control(number)}",
            "controller.quorum.voters": ",".join(f"{n}@{HOST}:{self._control(n)}" for n in self._numbers),
            "default.replication.factor": copies,
            "min.insync.replicas": most,
            "offsets.topic.replication.factor": copies,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": most,
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": most,
        }

    def format_options(self) -> Sequence[str]:
        """What the formatting of a broker's folder is told beyond the cluster's name."""
        return ()

    def _place(self, number: int) -> Path:
        return self.folder / f"broker-{number}"

    def _port(self, number: int) -> int:
        return self._ports[number - 1]

    def _control(self, number: int) -> int:
        return self._ports[len(self._numbers) + number - 1]

    def _format(self, programs: Distribution) -> None:
        """Write the settings of every broker and make the data folders that are missing."""
        made_for = len(list(self.folder.glob("broker-*")))
        if made_for and made_for != len(self._numbers):
            raise KafkaStartError(
                f"{self.folder} holds the data of {made_for} broker(s); choose another folder or number"
            )
        name = self._cluster_name()
        common = (SETTINGS / "broker.properties").read_text()
        formatting = []
        for number in self._numbers:
            place = self._place(number)
            place.mkdir(exist_ok=True)
            settings = place / "server.properties"
            own = "".join(f"{key}={value}\n" for key, value in self.properties(number).items())
            settings.write_text(f"{common}\n{own}")
            if not (place / "data" / "meta.properties").exists():
                formatting.append(
                    programs.command(
                        *("kafka.tools.StorageTool", "format", "--ignore-formatted"),
                        *("-t", name, "-c", str(settings), *self.format_options()),
                        megabytes=128,
                    )
                )
        started = [
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            for command in formatting
        ]
        for process in started:
            told, _ = process.communicate()
            if process.returncode:
                raise KafkaStartError(f"Kafka could not make its data folder:\n{told}")

    def _cluster_name(self) -> str:
        kept = self.folder / "cluster-id"
        if not kept.exists():
            kept.write_text(base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="))
        return kept.read_text()

    def _launch(self, number: int, programs: Distribution) -> None:
        place = self._place(number)
        with self.log(number).open("ab") as log:
            self._running[number] = subprocess.Popen(
                programs.command("kafka.Kafka", str(place / "server.properties"), megabytes=256),
                cwd=place,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[self._lock],
                process_group=0,  # Ctrl-C in the terminal is for the owner, who stops us in order
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - calls the kernel, nothing else
            )

    def _wait_until_ready(self, number: int) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while number not in living_brokers(self._port(number)):
            if self._running[number].poll() is not None or time.monotonic() > deadline:
                last_lines = self.log(number).read_text(errors="replace").splitlines()[-_LAST_LINES:]
                raise KafkaStartError("\n".join([f"Kafka broker {number} did not start:", *last_lines]))
            time.sleep(_POLL_SECONDS)

    def _end_all(self) -> None:
        for process in self._running.values():
            process.terminate()
        deadline = time.monotonic() + _STOP_SECONDS
        for process in self._running.values():
            try:
                process.wait(max(0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()


def free_ports(count: int) -> Sequence[int]:
    """Ports of this machine that nobody uses now."""
    found: list[int] = []
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            found.append(port)
        if len(found) == count:
            return found
    raise KafkaStartError("no free port for Kafka on this machine")
