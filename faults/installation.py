"""A system to break: databases, log and every process of its own, in a folder that is gone afterwards."""

import asyncio
import contextlib
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

import asyncpg

from faults.balancer import Balancer
from faults.calls import Callers
from faults.disks import SmallDisk
from faults.journal import Journal
from faults.lives import lives
from faults.load import Load, Pace
from faults.logs import LogInKafka, LogInPostgres, TestedLog
from faults.processes import Processes
from faults.proxy import Proxy
from faults.rest import at_rest
from faults.server import Server
from services.console.embedded_postgres import EmbeddedPostgres
from services.console.replay.client import Client
from services.console.run_folder import DATABASE_VARIABLES, LOG_VARIABLE, RunFolder, create_databases
from shared.clock import SimulatedClock, SystemClock, local_date
from shared.schemas.reference import Procedure
from shared.variables import PREFIX, SERVICES, database_variable, own_prefix

_READY_SECONDS = 90.0
_LOOK_SECONDS = 0.05
# Every process looks for new reference data once a second.
_REFERENCE_SECONDS = 1.5
# Longer than our balancer needs to notice.
_DRAIN_DELAY = "PT1.5S"


Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class NotUpError(Exception):
    """A process does not get ready; the message says what became of the others."""


class Installation:
    """What every fault is given."""

    def __init__(
        self,
        folder: RunFolder,
        server: Server,
        brokers: LogInKafka | None,
        environment: Mapping[str, str],
        *,
        copies: int,
        seed: int,
        bugs: Sequence[str] = (),
        disks: Mapping[str, SmallDisk] | None = None,
    ) -> None:
        self.disks = disks or {}
        """Those that can be filled, by what lies on them."""
        self.folder = folder
        self.server = server
        self.embedded = server.embedded
        self.environment = environment
        self.copies = copies
        self.seed = seed
        self.clock = SimulatedClock(folder.business_clock)
        self.journal = Journal(folder.path / "journal.jsonl")
        plans = folder.path / "plans"
        plans.mkdir()
        self.ways = {
            variable: Proxy(folder.path / "ways" / str(number))
            for number, variable in enumerate(DATABASE_VARIABLES)
            if environment[variable].startswith("postgresql:")
        }
        """How the processes reach each database, by the variable that names it."""
        by_ways = {variable: way.through(environment[variable]) for variable, way in self.ways.items()}
        self.brokers = brokers
        self.log: TestedLog = brokers or LogInPostgres(server.embedded, self.ways[LOG_VARIABLE])
        self.processes = Processes(plans, {**environment, **by_ways}, folder.logs, copies=copies, bugs=bugs)
        self.balancer = Balancer(self.processes.addresses, seed=seed)
        self.callers = Callers(self.balancer, self.journal, seed=seed)
        self.load: Load

    async def prepare(self, pace: Pace) -> None:
        """Let reference data reach everybody, and choose what can be filed."""
        await at_rest(self.environment, self.clock, patience_seconds=_READY_SECONDS)
        await asyncio.sleep(_REFERENCE_SECONDS)
        today = local_date(self.clock.now())
        async with Client(self.balancer.choose("intake")) as client:
            answer = await client.get("/v1/catalogue/procedures", limit="200")
        offered = [Procedure.model_validate(item) for item in answer.document["items"]]
        chosen = [
            (procedure, agency)
            for procedure in offered
            if (agency := procedure.competent_on(today))
            and procedure.in_force_on(today)
            and procedure.duration_known
            and procedure.has_result
            and procedure.components
        ]
        self.load = Load(self.callers, self.journal, self.folder, lives(chosen, self.seed), pace)

    @contextlib.asynccontextmanager
    async def database(self, service: str) -> AsyncIterator[Connection]:
        """A session of our own at a service's database, by no way that can be cut."""
        connection = await asyncpg.connect(self.environment[database_variable(service)])
        try:
            yield connection
        finally:
            await connection.close()

    async def all_ready(self) -> None:
        """Return when every API process is. Raises `NotUpError` when one never is."""
        try:
            async with asyncio.timeout(_READY_SECONDS):
                while self.balancer.not_ready():  # noqa: ASYNC110 - processes tell no event
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError as error:
            waited_for = f"not ready: {', '.join(self.balancer.not_ready())}"
            raise NotUpError("\n".join([waited_for, *self.processes.last_words()])) from error

    def pass_time(self, step: timedelta) -> None:
        """Let the business clock jump forward; it goes on running."""
        self.clock.set(self.clock.now() + step)
        self.clock.run_on()


@contextlib.asynccontextmanager
async def installation(
    *,
    copies: int,
    seed: int,
    kafka: bool = False,
    pace: Pace | None = None,
    bugs: Sequence[str] = (),
    small_disks: bool = False,
) -> AsyncIterator[Installation]:
    """Everything up, and nobody calling yet; `bugs` are in every process.

    Raises `KafkaMissingError` where this machine has nothing to run Kafka with, and `CannotMountError` where
    nobody gives us file systems that can be filled.
    """
    with _folder_of_its_own() as folder:
        folder.prepare()
        async with contextlib.AsyncExitStack() as stack:
            disks = _small_disks(folder) if small_disks else {}
            for disk in disks.values():
                stack.enter_context(disk.mounted())
            server = Server(EmbeddedPostgres(folder.postgres))
            await server.start()
            stack.push_async_callback(server.stop)
            brokers = LogInKafka(folder.kafka) if kafka else None
            if brokers:
                await brokers.start()
                stack.push_async_callback(brokers.stop)
            environment = _environment(folder, server.embedded, brokers)
            made = Installation(
                folder, server, brokers, environment, copies=copies, seed=seed, bugs=bugs, disks=disks
            )
            await stack.enter_async_context(_started(made))
            await made.prepare(pace or Pace())
            yield made


@contextlib.asynccontextmanager
async def _started(made: Installation) -> AsyncIterator[None]:
    async with contextlib.AsyncExitStack() as stack:
        for way in made.ways.values():
            await stack.enter_async_context(way.open())
        await stack.enter_async_context(made.processes.running())
        await stack.enter_async_context(made.callers)
        stack.callback(made.journal.close)
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(made.balancer.watch())
            await made.all_ready()
            yield
            watching.cancel()


def _environment(
    folder: RunFolder, server: EmbeddedPostgres, brokers: LogInKafka | None
) -> Mapping[str, str]:
    create_databases(server)
    log = {LOG_VARIABLE: brokers.cluster.address} if brokers else {}
    # Many processes share one small server.
    connections = {f"{own_prefix(service)}DATABASE_CONNECTIONS": "3" for service in SERVICES}
    short_drain = {f"{PREFIX}DRAIN_DELAY": _DRAIN_DELAY}
    environment = folder.environment(server, demo=True) | log | connections | short_drain
    clock = SimulatedClock(folder.business_clock)
    clock.set(SystemClock().now())
    clock.run_on()
    subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "services.console.prepare_process", str(folder.path)],
        env=environment,
        check=True,
    )
    return environment


def _small_disks(folder: RunFolder) -> Mapping[str, SmallDisk]:
    return {
        "logs": SmallDisk(folder.logs, megabytes=32),
        "documents": SmallDisk(folder.documents, megabytes=64),
        "databases": SmallDisk(folder.postgres, megabytes=800),
    }


@contextlib.contextmanager
def _folder_of_its_own() -> Iterator[RunFolder]:
    with tempfile.TemporaryDirectory(prefix="motcua-faults-") as name:
        Path(name).chmod(0o711)  # PostgreSQL's account must get through where root starts it
        yield RunFolder(Path(name) / "run")
