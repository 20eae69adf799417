"""Whether a process can work: its database answers, has the tables that the program knows and the same time.

Nothing else counts. A process that called itself unready because Kafka, the token issuer or another service
is away would take itself out exactly when it should answer what it can.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import asyncpg

from shared.clock import Clock, SystemClock

_SECONDS = 2.0
_REVISION = "SELECT version_num, clock_timestamp() AS now FROM alembic_version"
# Half of what the database refuses a write for.
_MOST_OFF = timedelta(seconds=30)


class NotReadyError(Exception):
    """The message says why, without addresses and names of accounts."""


class Readiness(Protocol):
    """One thing that must be there."""

    async def check(self) -> None:
        """Raises `NotReadyError`."""

    def close(self) -> None:
        """Let go of every connection."""


def revisions(folder: Path) -> Sequence[str]:
    """Those the program knows, oldest first. Files of a `migrations/versions` begin with their revision."""
    return sorted(file.stem.partition("_")[0] for file in folder.glob("*.py"))


class DatabaseReadiness:
    """Asks one database, on a connection of its own: a busy pool is no reason to be taken out."""

    def __init__(self, dsn: str, known_revisions: Sequence[str], system_clock: Clock | None = None) -> None:
        self._dsn = dsn
        self._system_clock = system_clock or SystemClock()
        self._known = known_revisions
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._turn = asyncio.Lock()

    async def check(self) -> None:
        """Raises `NotReadyError` when nobody answers within 2 s, or the tables are older than the program.

        And when this machine's clock and the database's are more than 30 s apart: one of them is wrong.

        A revision that the program does not know is a later one. Its tables serve too: a release only adds to
        those of the release before, so that both run at once while one replaces the other.
        """
        async with self._turn:
            found, database_time = await self._ask()
        ahead = self._system_clock.now() - database_time
        if abs(ahead) > _MOST_OFF:
            raise NotReadyError(f"the clock is {ahead.total_seconds():+.0f} s from the database's")
        if found is None:
            raise NotReadyError("the tables were never made")
        if found in self._known[:-1]:
            raise NotReadyError(f"the tables are at revision {found}, older than {self._known[-1]}")

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def _ask(self) -> tuple[str | None, datetime]:
        """The revision of the tables, and the database's time."""
        try:
            async with asyncio.timeout(_SECONDS):
                if self._connection is None:
                    named = {"application_name": "motcua readiness"}
                    self._connection = await asyncpg.connect(self._dsn, server_settings=named)
                connection = self._connection
                try:
                    row = await connection.fetchrow(_REVISION)
                except asyncpg.UndefinedTableError:
                    row = None
                if row is None:
                    return None, await connection.fetchval("SELECT clock_timestamp()")
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            self.close()
            raise NotReadyError(f"the database does not answer: {type(error).__name__}") from error
        return row["version_num"], row["now"]
