"""What lies between the services: their outboxes, the log, and who follows which stream of it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from services.console.databases import database_of
from services.console.run_folder import LOG_VARIABLE
from shared.consumer.quiescence import Follower
from shared.database import create_engine
from shared.log.address import open_log
from shared.log.port import DOSSIER_STREAM, REFERENCE_STREAM, STREAMS, EventLog
from shared.outbox.payloads import HistoryPayloads, Payloads, ReferencePayloads
from shared.variables import SERVICES

WRITTEN: Mapping[str, Mapping[str, Payloads]] = {
    "intake": {
        DOSSIER_STREAM: HistoryPayloads("/intake"),
        REFERENCE_STREAM: ReferencePayloads("/intake"),
    },
    "processing": {DOSSIER_STREAM: HistoryPayloads("/processing")},
}
"""Service -> stream -> where it keeps the events that it sends to that stream."""

FOLLOWED: Mapping[str, Sequence[str]] = {
    "intake": (DOSSIER_STREAM,),
    "processing": STREAMS,
    "stats": STREAMS,
}
"""Service -> the streams that its consumers follow. They are one group, named after the service."""


@dataclass(frozen=True, slots=True)
class Backbone:
    """The log and the database of every service."""

    log: EventLog
    engines: Mapping[str, AsyncEngine]

    @property
    def outboxes(self) -> Sequence[AsyncEngine]:
        """The databases of those who write events."""
        return [self.engines[service] for service in WRITTEN]

    @property
    def followers(self) -> Sequence[Follower]:
        """Everybody on every stream."""
        return [
            Follower(self.engines[service], service, stream)
            for service, streams in FOLLOWED.items()
            for stream in streams
        ]


@asynccontextmanager
async def connected(environment: Mapping[str, str], *, application_name: str) -> AsyncIterator[Backbone]:
    """Connects to the databases and the log that the environment names, on demand."""
    async with AsyncExitStack() as stack:
        engines = {}
        for service in SERVICES:
            engines[service] = create_engine(
                database_of(environment, service), application_name=application_name, connections=1
            )
            stack.push_async_callback(engines[service].dispose)
        log = open_log(environment[LOG_VARIABLE])
        stack.push_async_callback(log.close)
        yield Backbone(log, engines)
