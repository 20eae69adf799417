"""The event log under test, in PostgreSQL or on three brokers of Kafka: how it goes away, how it is lost."""

import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from random import SystemRandom
from typing import Protocol

from faults.proxy import Proxy
from faults.threads import OwnThread
from services.console.embedded_postgres import EmbeddedPostgres
from services.console.kafka.cluster import KafkaCluster
from shared.database import DEMO_MARK
from shared.log.address import open_log

_DATABASE = "motcua_log"
_BROKERS = 3
# Below those that a system lends to outgoing connections, six in a row for three brokers.
_PORTS = range(20_000, 32_000, 10)


class TestedLog(Protocol):
    """What faults do to the log."""

    kind: str

    def away(self) -> AbstractAsyncContextManager[None]:
        """Nobody reaches it meanwhile; it comes back as it was."""

    async def lose(self) -> None:
        """Put an empty one in its place."""


class LogInPostgres:
    """A database of the installation's server."""

    kind = "PostgreSQL"

    def __init__(self, server: EmbeddedPostgres, way: Proxy) -> None:
        self._server = server
        self._way = way

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """The rest of the server can be reached all the time."""
        with self._way.cut():
            yield

    async def lose(self) -> None:
        async with self.away():
            self._server.query("postgres", f"DROP DATABASE {_DATABASE} WITH (FORCE)")
            self._server.create_database(_DATABASE)
            self._server.query("postgres", f"COMMENT ON DATABASE {_DATABASE} IS '{DEMO_MARK}'")
            await _make_streams(self._server.dsn(_DATABASE))


class LogInKafka:
    """Three brokers, every record on all of them."""

    kind = "Kafka"

    def __init__(self, folder: Path) -> None:
        self.cluster = KafkaCluster(folder, brokers=_BROKERS)
        self._thread = OwnThread()
        self._first_port = SystemRandom().choice(_PORTS)

    async def start(self) -> None:
        """Return when all take requests."""
        await self._thread.run(lambda: self.cluster.start(first_port=self._first_port))

    async def stop(self) -> None:
        """Stopping twice is allowed."""
        await self._thread.run(self.cluster.stop)

    async def kill(self, broker: int) -> None:
        """End one at once."""
        await self._thread.run(lambda: self.cluster.kill(broker))

    async def restart(self, broker: int) -> None:
        """Return when it takes requests again."""
        await self._thread.run(lambda: self.cluster.restart(broker))

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """All of them are killed."""
        for broker in self.cluster.numbers:
            await self.kill(broker)
        await self.stop()
        try:
            yield
        finally:
            await self.start()

    async def lose(self) -> None:
        async with self.away():
            shutil.rmtree(self.cluster.folder)
        await _make_streams(self.cluster.address)


async def _make_streams(address: str) -> None:
    log = open_log(address)
    try:
        await log.ensure_schema()
    finally:
        await log.close()
