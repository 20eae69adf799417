"""A system to measure: embedded, durable, in a folder of its own, with callers and documents at hand."""

import asyncio
import contextlib
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.load import Call, Job, Outcome, drive
from benchmarks.processors import processor_seconds
from services.console.demo_issuer import CENTER_DESK, DemoGrant, mint
from services.console.embedded import embedded_system
from services.console.embedded_postgres import EmbeddedPostgres
from services.console.run_folder import LOG_VARIABLE, RunFolder
from services.console.starting import StartedSystem
from shared.clock import SystemClock, local_date
from shared.consumer.quiescence import Follower, all_quiet
from shared.database import create_engine
from shared.log.address import open_log
from shared.log.port import DOSSIER_STREAM
from shared.schemas.lifecycle import Channel, Role
from shared.schemas.reference import Procedure
from shared.variables import SERVICES, database_variable

CLIENTS = 32
_WRITING = ("intake", "processing")
_DOCUMENTS = 16
_DOCUMENT_BYTES = 400


@dataclass(frozen=True, slots=True)
class Measured:
    """A job, and the processor time that everything used until its last event had taken effect."""

    outcome: Outcome
    processors: Mapping[str, float]
    """Seconds by part of the system."""

    def milliseconds(self, calls: int) -> Mapping[str, float]:
        """Per call, by part; the client is a part too."""
        parts = {**self.processors, "client": self.outcome.processor_seconds}
        return {part: seconds * 1000 / calls for part, seconds in parts.items()}


class Installation:
    """What every measurement is given."""

    def __init__(self, system: StartedSystem, server: EmbeddedPostgres, *, quick: bool) -> None:
        self.system = system
        self.server = server
        self.quick = quick
        self.procedures: Sequence[Procedure] = ()
        self.documents: Sequence[str] = ()
        self._log = open_log(system.environment[LOG_VARIABLE])
        self._engines = {service: self._engine(service) for service in SERVICES}

    async def prepare(self) -> None:
        """Choose procedures that can be filed at the counter, and upload documents."""
        listing = await self.drive([Call("GET", "/v1/catalogue/procedures?limit=200", {})])
        offered = [Procedure.model_validate(item) for item in listing.answers[0].body["items"]]
        today = local_date(SystemClock().now())
        self.procedures = [
            procedure
            for procedure in offered
            if procedure.in_force_on(today)
            and procedure.competent_on(today)
            and procedure.duration_known
            and procedure.has_result
            and Channel.COUNTER in procedure.channels
        ]
        upload = Call(
            "POST", "/v1/contents", self.headers(Role.INTAKE_OFFICER), files=(_DOCUMENT_BYTES,) * _DOCUMENTS
        )
        self.documents = (await self.drive([upload])).answers[0].body["digests"]

    def some(self, whole: int, quick: int) -> int:
        """How much to measure."""
        return quick if self.quick else whole

    async def drive(
        self, calls: Sequence[Call], *, clients: int = CLIENTS, rate: float | None = None
    ) -> Outcome:
        """Make the calls; raises `CallFailedError`."""
        return await drive(Job(self.system.address, calls, clients, rate))

    async def measure(self, calls: Sequence[Call], *, clients: int = CLIENTS) -> Measured:
        """Make the calls, and let everything that follows from them come to rest."""
        await self.quiet()
        before = processor_seconds()
        outcome = await self.drive(calls, clients=clients)
        await self.quiet()
        after = processor_seconds()
        return Measured(outcome, {part: seconds - before[part] for part, seconds in after.items()})

    async def quiet(self) -> None:
        """Return when every event has taken effect everywhere."""
        outboxes = [self._engines[service] for service in _WRITING]
        followers = [Follower(engine, name, DOSSIER_STREAM) for name, engine in self._engines.items()]
        while not await all_quiet(self._log, outboxes, followers):  # noqa: ASYNC110 - databases tell no event
            await asyncio.sleep(0.1)

    def headers(self, role: Role, agency: str | None = None) -> dict[str, str]:
        """Of a caller in `role`."""
        return {"Authorization": f"Bearer {_token(self.system.folder.path, role, agency)}"}

    def filing(self, number: int) -> Call:
        """A counter filing with all its components, accepted at once; procedures take turns."""
        procedure = self.procedures[number % len(self.procedures)]
        body = {
            "procedure": procedure.code,
            "case": procedure.cases[0].code,
            "channel": "counter",
            "desk": CENTER_DESK,
            "applicant": {"name": "Nguyễn Văn An", "identity_number": f"{number:012}", "phone": "0912345678"},
            "components": [
                {"component": component.code, "digest": self.documents[index % len(self.documents)]}
                for index, component in enumerate(procedure.components)
            ],
            "decision": {"outcome": "accept"},
        }
        return Call("POST", "/v1/dossiers", self.headers(Role.INTAKE_OFFICER) | named(), body)

    async def close(self) -> None:
        """Let go of the databases."""
        await self._log.close()
        for engine in self._engines.values():
            await engine.dispose()

    def _engine(self, service: str) -> AsyncEngine:
        address = self.system.environment[database_variable(service)]
        return create_engine(address, application_name="motcua benchmarks", connections=2)


def named() -> dict[str, str]:
    """A header that names a request."""
    return {"Idempotency-Key": uuid.uuid4().hex}


@contextlib.asynccontextmanager
async def installation(*, quick: bool) -> AsyncIterator[Installation]:
    """A system of its own, which is gone afterwards."""
    with _folder_of_its_own() as folder, embedded_system(folder, port=0) as system:
        measured = Installation(system, EmbeddedPostgres(folder.postgres), quick=quick)
        try:
            await measured.prepare()
            yield measured
        finally:
            await measured.close()


@contextlib.contextmanager
def _folder_of_its_own() -> Iterator[RunFolder]:
    with tempfile.TemporaryDirectory(prefix="motcua-bench-") as name:
        Path(name).chmod(0o711)  # PostgreSQL's account must get through where root starts it
        yield RunFolder(Path(name) / "run")


@cache
def _token(folder: Path, role: Role, agency: str | None) -> str:
    desk = CENTER_DESK if role is Role.INTAKE_OFFICER else None
    return mint(RunFolder(folder), f"bench-{role}", DemoGrant(role, agency=agency, desk=desk))
