"""The least service that writes events and reacts to them, to try the event backbone on."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Column, DateTime, Integer, LargeBinary, MetaData, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.consumer.quiescence import Follower, consumer_backlog
from shared.consumer.tables import consumer_tables
from shared.database import create_engine, new_metadata
from shared.events.envelope import SEQUENCE_HEADER, Envelope, UnreadableEventError, dossier_event_name
from shared.journal.tables import JournalTables, history_partitions, journal_tables
from shared.journal.writer import bucket_of
from shared.log.address import open_log
from shared.log.port import DOSSIER_STREAM, PARTITIONS, STREAMS, EventLog, Record
from shared.log.postgres import PostgresLog
from shared.schemas.lifecycle import EventType
from tests.support.kafka import WireKafka
from tests.support.postgres import FreshDatabase, PostgresServer
from tests.support.real_kafka import RealKafka

MOMENT = datetime(2023, 5, 15, 3, tzinfo=UTC)

_WRITE = text("""
WITH entry AS (
    INSERT INTO history (filed_on, code, sequence, type, occurred_at, actor, salt, data, sealed, traceparent,
                         format, previous_hash, hash)
    SELECT DATE '2023-05-15', code, sequence, 'started', :at, 'somebody', '', '{"action": "start"}', :sealed,
           :traceparent, 1, '', '\\x0a0b'
    FROM unnest(CAST(:codes AS text[]), CAST(:sequences AS int[])) AS event (code, sequence)
)
INSERT INTO outbox_pending (bucket, stream, subject, sequence)
SELECT bucket, 'dossier', code, sequence
FROM unnest(CAST(:buckets AS smallint[]), CAST(:codes AS text[]), CAST(:sequences AS int[]))
    AS event (bucket, code, sequence)
""")


def code(number: int) -> str:
    return f"H41.SCT-230515-{number:04}"


def event(subject: str, sequence: int, **data: Any) -> Envelope:
    return Envelope(
        id=f"{subject}/{sequence}",
        source="/intake",
        type=dossier_event_name(EventType.STARTED),
        subject=subject,
        time=MOMENT,
        sequence=sequence,
        data=data,
    )


def record(of: Envelope) -> Record:
    return Record(of.subject, of.encode(), {SEQUENCE_HEADER: str(of.sequence)})


async def write_events(
    connection: AsyncConnection,
    events: Iterable[tuple[str, int]],
    *,
    sealed: str | None = None,
    traceparent: str | None = None,
) -> None:
    """What a service's write statement leaves behind: history and pending marks."""
    codes, sequences = zip(*events, strict=True)
    await connection.execute(
        _WRITE,
        {
            "at": MOMENT,
            "codes": codes,
            "sequences": sequences,
            "buckets": [bucket_of(subject) for subject in codes],
            "sealed": sealed,
            "traceparent": traceparent,
        },
    )


class Tally:
    """A reaction whose effects show how often, and in which order, each event was applied.

    An event with `poison` in its data cannot be read until `cured`; one with `needs` waits until that is
    `present`.
    """

    def __init__(self, group: str = "tally", stream: str = DOSSIER_STREAM) -> None:
        self.group = group
        self.stream = stream
        self.present: set[str] = set()
        self.cured = False

    async def apply(self, connection: AsyncConnection, events: Sequence[Envelope]) -> None:
        if not self.cured and any("poison" in one.data for one in events):
            raise UnreadableEventError("poison")
        await connection.execute(
            text(
                "INSERT INTO effect (subject, sequence)"
                " SELECT * FROM unnest(CAST(:subjects AS text[]), CAST(:sequences AS int[]))"
            ),
            {"subjects": [one.subject for one in events], "sequences": [one.sequence for one in events]},
        )

    def lacks(self, event: Envelope) -> str | None:
        needed = event.data.get("needs")
        return needed if needed and needed not in self.present else None


async def effects(engine: AsyncEngine) -> dict[str, list[int]]:
    """For each subject the sequences that were applied, in the order in which they were."""
    applied: dict[str, list[int]] = {}
    async with engine.connect() as connection:
        for subject, sequence in await connection.execute(
            text("SELECT subject, sequence FROM effect ORDER BY id")
        ):
            applied.setdefault(subject, []).append(sequence)
    return applied


async def caught_up(engine: AsyncEngine, log: EventLog, stream: str = DOSSIER_STREAM) -> bool:
    """Whether the only group on `stream` has read it to the end."""
    groups = dict(await rows(engine, "SELECT DISTINCT stream, group_name FROM consumer_position"))
    if stream not in groups:
        return False
    return not (await consumer_backlog(log, Follower(engine, groups[stream], stream))).unread


async def held(engine: AsyncEngine) -> list[Any]:
    """Subject, sequence and what it waits for, of every held event."""
    return await rows(engine, "SELECT subject, sequence, waits_for FROM held_event ORDER BY 1, 2")


async def deliver(log: EventLog, *events: Envelope, stream: str = DOSSIER_STREAM) -> None:
    """Put `events` into the log as a relay would."""
    await log.append(stream, [record(one) for one in events])


async def end_sessions(engine: AsyncEngine, application: str) -> None:
    """As a restart of the server or a broken network would."""
    async with engine.connect() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = :name AND pid <> pg_backend_pid()"
                " AND datname = current_database()"
            ),
            {"name": application},
        )


async def rows(engine: AsyncEngine, query: str) -> list[Any]:
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def eventually(holds: Callable[[], Awaitable[bool]], *, seconds: float = 20) -> None:
    """Wait until `holds` does."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 - a database tells nobody
            await asyncio.sleep(0.02)


@asynccontextmanager
async def running(run: Callable[[asyncio.Event], Awaitable[None]]) -> AsyncIterator[None]:
    """Run a relay or a consumer beside the test, and stop it in the orderly way."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(_awaited(run(stop)))
        try:
            yield
        finally:
            stop.set()


async def _awaited(run: Awaitable[None]) -> None:
    await run


@pytest.fixture
async def service(
    postgres_server: PostgresServer, fresh_database: FreshDatabase
) -> AsyncIterator[AsyncEngine]:
    """The service's own database."""
    with ThreadPoolExecutor(1) as thread:  # the preparation runs a loop of its own
        template = postgres_server.template(
            "backbone", lambda dsn: thread.submit(asyncio.run, _prepare(dsn)).result()
        )
    engine = create_engine(fresh_database(template), application_name="test", connections=20)
    yield engine
    await engine.dispose()


@pytest.fixture
async def log(service: AsyncEngine) -> AsyncIterator[EventLog]:
    """Beside the service's tables, though not in their way: a second database takes a second to make."""
    opened = PostgresLog(dsn_of(service))
    await opened.ensure_schema()
    yield opened
    await opened.close()


@pytest.fixture(params=["postgres", "wire-kafka", "real-kafka"])
async def either_log(request: pytest.FixtureRequest, service: AsyncEngine) -> AsyncIterator[EventLog]:
    """The same, and those that speak Kafka."""
    with ExitStack() as stack:
        match request.param:
            case "postgres":
                address = dsn_of(service)
            case "wire-kafka":
                broker = stack.enter_context(WireKafka())
                for stream in STREAMS:
                    broker.make_topic(stream, PARTITIONS)
                address = f"kafka://{broker.servers}?session_seconds=3"
            case _:
                # Topics that no other test sees; they go with the broker.
                kafka: RealKafka = request.getfixturevalue("real_kafka")
                address = f"{kafka.open}&prefix={uuid.uuid4().hex}."
        opened = open_log(address)
        await opened.ensure_schema()
        yield opened
        await opened.close()


def dsn_of(engine: AsyncEngine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


async def _prepare(dsn: str) -> None:
    engine = create_engine(dsn, application_name="test")
    async with engine.begin() as connection:
        await connection.run_sync(_metadata().create_all)
        for statement in history_partitions():
            await connection.execute(text(statement))
    await engine.dispose()


def journal(metadata: MetaData) -> JournalTables:
    """The tables of a service whose dossiers have nothing but what every service's have."""
    dossier = Table(
        "dossier",
        metadata,
        Column("code", Text, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("head_hash", LargeBinary, nullable=False),
    )
    return journal_tables(metadata, dossier)


def _metadata() -> MetaData:
    metadata = new_metadata()
    journal(metadata)
    consumer_tables(metadata)
    Table(
        "reference_version",
        metadata,
        Column("kind", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("version", Integer, primary_key=True),
        Column("data", JSONB, nullable=False),
        Column("occurred_at", DateTime(timezone=True), nullable=False),
    )
    Table(
        "effect",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("subject", Text, nullable=False),
        Column("sequence", Integer, nullable=False),
    )
    return metadata
