"""The whole system in one process, with the business clock and the delivery of events in the test's hand.

The three applications answer over HTTP on databases of their own; their workers' relays are replaced by
`collect` and `deliver`, and their consumers run when `consume` says so.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from unittest.mock import patch

import asyncpg
from fastapi import FastAPI
from httpx2 import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncEngine

import services.intake_service.container as intake_container
import services.processing_service.container as processing_container
import services.processing_service.main as processing_main
import services.stats_service.container as stats_container
from services.console.routing import service_of
from services.console.run_folder import RunFolder
from services.console.service_parts import applications
from services.intake_service.application.acts import DossierActs
from services.intake_service.messaging.public_view import PublicViewReaction
from services.intake_service.settings import Settings as IntakeSettings
from services.processing_service.application.portal.pushing import PushToPortal
from services.processing_service.application.reference import ReferenceData
from services.processing_service.application.use_cases import UseCases
from services.processing_service.container import portal, push_to_portal
from services.processing_service.settings import Settings as ProcessingSettings
from services.stats_service.adapters.arrivals import SqlArrivals
from services.stats_service.adapters.projection import DossierProjection
from services.stats_service.adapters.reference import ReferenceReaction
from services.stats_service.adapters.roller import Roller
from services.stats_service.settings import Settings as StatsSettings
from shared.clock import SimulatedClock
from shared.consumer import runner
from shared.consumer.runner import Consumer
from shared.events.envelope import SEQUENCE_HEADER, Envelope
from shared.log.port import DOSSIER_STREAM, REFERENCE_STREAM, Record
from shared.outbox.payloads import HistoryPayloads, ReferencePayloads
from shared.outbox.watermarks import Watermarks
from shared.settings import BaseServiceSettings
from tests.support.clients import Tokens, serving_with_state
from tests.support.memory_log import MemoryLog, MemoryMember
from tests.support.system_databases import SystemDatabases

SERVICES = ("intake", "processing", "stats")
_SOURCES = {"intake": "/intake", "processing": "/processing"}
_SEALING_KEY = "a sealing key that is long enough for tests"


@dataclass(frozen=True, slots=True)
class Travelling:
    """An event between its writer's outbox and the log."""

    stream: str
    event: Envelope

    @property
    def record(self) -> Record:
        return Record(self.event.subject, self.event.encode(), {SEQUENCE_HEADER: str(self.event.sequence)})


@dataclass(slots=True)
class Workers:
    """What the services' workers hold."""

    intake: DossierActs
    processing: UseCases
    watermarks: Sequence[Watermarks]
    roller: Roller
    arrivals: SqlArrivals
    consumers: Mapping[str, list[tuple[Any, MemoryMember]]]
    portal: PushToPortal | None


@dataclass
class System:
    """Entered with `running`."""

    databases: SystemDatabases
    clock: SimulatedClock
    tokens: Tokens
    settings: Mapping[str, BaseServiceSettings]
    clients: dict[str, AsyncClient] = field(default_factory=dict)
    references: list[ReferenceData] = field(default_factory=list)
    """Processing's, of the worker and of the API."""
    log: MemoryLog = field(default_factory=lambda: MemoryLog("unmade"))
    travelling: list[Travelling] = field(default_factory=list)
    keys: int = 0
    tables: "dict[str, asyncpg.Connection[asyncpg.Record]]" = field(default_factory=dict)
    """An open connection to each service's database."""
    workers: Workers = field(init=False)

    async def call(
        self,
        method: str,
        path: str,
        by: Mapping[str, str] | None = None,
        body: Any = None,
        **more: Any,
    ) -> Response:
        """A request with a JSON body, answered by the service whose path it is."""
        headers = {**(by or {}), **more.pop("headers", {})}
        return await self.send(method, path, json=body, headers=headers, **more)

    async def send(self, method: str, path: str, **request: Any) -> Response:
        """Any request."""
        return await self.clients[service_of(path)].request(method, path, **request)

    def key(self) -> dict[str, str]:
        """A new Idempotency-Key."""
        self.keys += 1
        return {"Idempotency-Key": f"key-{self.keys:08d}"}

    async def upload(self, *contents: bytes, by: Mapping[str, str]) -> list[str]:
        """Digests of stored contents."""
        files = [("files", (f"{number}.pdf", content)) for number, content in enumerate(contents)]
        answer = await self.clients["intake"].post("/v1/contents", files=files, headers=by)
        assert answer.status_code == 201, answer.text
        digests: list[str] = answer.json()["digests"]
        return digests

    async def collect(self, service: str) -> None:
        """Take what is pending out of a service's outbox; now it travels."""
        connection = self.tables[service]
        rows = await connection.fetch("DELETE FROM outbox_pending RETURNING stream, subject, sequence")
        for stream, payloads in (
            (DOSSIER_STREAM, HistoryPayloads(_SOURCES[service])),
            (REFERENCE_STREAM, ReferencePayloads(_SOURCES[service])),
        ):
            marks = sorted((row["subject"], row["sequence"]) for row in rows if row["stream"] == stream)
            events = await payloads.load(connection, marks) if marks else {}
            self.travelling += [Travelling(stream, events[mark]) for mark in marks]

    async def deliver(self, ones: Iterable[Travelling]) -> None:
        """Put these into the log, in this order; each leaves the road the first time."""
        for one in ones:
            await self.log.append(one.stream, [one.record])
            if one in self.travelling:
                self.travelling.remove(one)

    async def redeliver(self, numbers: Iterable[int]) -> None:
        """Put what was appended to the log, by its place there, into it once more."""
        for number in numbers:
            stream, record = self.log.records[number]
            await self.log.append(stream, [record])

    async def consume(self, service: str) -> None:
        """Let a service's consumers read to the end of the log."""
        for member, subscription in self.workers.consumers[service]:
            member.retry_held()
            while True:
                await member._next_batch(subscription)
                if not subscription.has_more:
                    break

    async def refresh_references(self) -> None:
        """What every process of processing does once a second."""
        for reference in self.references:
            await reference.refresh()

    async def settle(self) -> None:
        """Deliver everything, in order, until every service has taken everything in."""
        while True:
            for service in _SOURCES:
                await self.collect(service)
            under_way = list(self.travelling)
            await self.deliver(under_way)
            # Reference data may come after what names it: the second round finds it.
            for _ in range(2):
                for service in SERVICES:
                    await self.consume(service)
                await self.refresh_references()
            if not under_way:
                break
        await self.announce()

    async def announce(self) -> None:
        """Let the writing services say that they have told everything; nothing of theirs may travel."""
        for watermarks in self.workers.watermarks:
            assert await watermarks.send_due()
        for service in SERVICES:
            await self.consume(service)

    async def run_timers(self) -> None:
        """Everything that time alone brings about."""
        while await self.workers.intake.lapse_due():
            pass
        while await self.workers.processing.recompute():
            pass
        while await self.workers.processing.hand_over_online():
            pass


@asynccontextmanager
async def running(
    databases: SystemDatabases,
    folder: RunFolder,
    tokens: Tokens,
    start: datetime,
    apps: Mapping[str, FastAPI] | None = None,
    more: Mapping[str, Any] | None = None,
) -> AsyncIterator[System]:
    """The system with its reference data everywhere, at `start`. The databases must be as made or renewed.

    `apps` are those of `settings_of`, where they are used several times; `more` are settings of processing.
    """
    clock = SimulatedClock(folder.business_clock)
    set_back(clock, start)
    settings = settings_of(databases, folder, tokens, more)
    system = System(databases, clock, tokens, settings)
    async with AsyncExitStack() as stack:
        # The test decides both: how long a batch waits for more, and when reference data is looked for.
        stack.enter_context(patch.object(runner, "_PACE_SECONDS", 0))
        stack.enter_context(patch.object(processing_main, "repeating", _at_rest))
        for name in SERVICES:
            connection = await asyncpg.connect(getattr(databases, name))
            stack.push_async_callback(connection.close)
            system.tables[name] = connection
        for name, app in (apps or applications(settings)).items():
            client, state = await stack.enter_async_context(serving_with_state(app))
            system.clients[name] = client
            if name == "processing":
                system.references.append(state["use_cases"].reference)
        await _hire(system, stack)
        await system.settle()
        yield system


def set_back(clock: SimulatedClock, moment: datetime) -> None:
    """Let the clock stand at `moment`, wherever it stood: only for a system that begins anew."""
    clock._write(0, running=False)
    clock.set(moment)


async def _hire(system: System, stack: AsyncExitStack) -> None:
    settings: Any = system.settings
    intake = await stack.enter_async_context(
        intake_container.build(settings["intake"], application_name="intake worker")
    )
    processing = await stack.enter_async_context(
        processing_container.build(settings["processing"], application_name="processing worker")
    )
    stats = await stack.enter_async_context(
        stats_container.build(settings["stats"], application_name="stats worker")
    )
    system.references.insert(0, processing.use_cases.reference)
    system.log = MemoryLog(f"memory {id(system)}")
    reactions: Sequence[tuple[str, AsyncEngine, Sequence[Any]]] = [
        ("intake", intake.engine, [PublicViewReaction()]),
        ("processing", processing.engine, processing.reactions),
        ("stats", stats.engine, [DossierProjection(), ReferenceReaction()]),
    ]
    consumers = {}
    for service, engine, reacting in reactions:
        members = Consumer(engine, system.log, reacting)._members
        consumers[service] = [
            (
                member,
                await stack.enter_async_context(
                    system.log.subscribe(reaction.stream, reaction.group, member._positions)
                ),
            )
            for member, reaction in zip(members, reacting, strict=True)
        ]
    told = await stack.enter_async_context(portal(settings["processing"], processing.engine))
    watermarks = [
        Watermarks(engine, system.log, _SOURCES[name], system.clock)
        for name, engine in (("intake", intake.engine), ("processing", processing.engine))
    ]
    system.workers = Workers(
        intake.use_cases.acts,
        processing.use_cases,
        watermarks,
        Roller(stats.engine),
        SqlArrivals(stats.engine),
        consumers,
        push_to_portal(settings["processing"], processing, told) if told else None,
    )


def settings_of(
    databases: SystemDatabases, folder: RunFolder, tokens: Tokens, more: Mapping[str, Any] | None = None
) -> Mapping[str, BaseServiceSettings]:
    """What each service is told: a demo on these databases."""
    common = {
        "log_url": databases.intake,  # never opened: the log is in memory
        "object_store_url": folder.documents.as_uri(),
        "demo": True,
        "business_clock": folder.business_clock,
        "database_connections": 4,
        **tokens.settings,
    }
    sealed = {**common, "sealing_key": _SEALING_KEY}
    return {
        "intake": IntakeSettings.model_validate({**sealed, "database_url": databases.intake}),
        "processing": ProcessingSettings.model_validate(
            {**sealed, "database_url": databases.processing, "catch_up": 0, **(more or {})}
        ),
        "stats": StatsSettings.model_validate({**common, "database_url": databases.stats}),
    }


@asynccontextmanager
async def _at_rest(*_: object) -> AsyncIterator[None]:
    yield
