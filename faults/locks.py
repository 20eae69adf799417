"""Watches for how long somebody keeps everybody else from a table."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TypeAlias

import asyncpg

LOOK_SECONDS = 0.02
_EXCLUSIVE = """
SELECT pid, granted FROM pg_locks
WHERE locktype = 'relation' AND relation = $1::text::regclass AND mode = 'AccessExclusiveLock'
"""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass(slots=True)
class LockWatch:
    """The longest so far, in seconds, of one table."""

    seen: int = 0
    held: float = 0.0
    waited: float = 0.0
    """Whoever waits for such a lock keeps everybody who comes later, too."""
    _since: dict[tuple[int, bool], float] = field(default_factory=dict)

    def look(self, now: float, locks: set[tuple[int, bool]]) -> None:
        self.seen += len(locks - self._since.keys())
        self._since = {lock: self._since.get(lock, now) for lock in locks}
        for (_, granted), since in self._since.items():
            if granted:
                self.held = max(self.held, now - since)
            else:
                self.waited = max(self.waited, now - since)


@contextlib.asynccontextmanager
async def watching(connection: Connection, table: str) -> AsyncIterator[LockWatch]:
    """Look 50 times a second until the end."""
    watch = LockWatch()

    async def look() -> None:
        while True:
            locks = {(row["pid"], row["granted"]) for row in await connection.fetch(_EXCLUSIVE, table)}
            watch.look(time.monotonic(), locks)
            await asyncio.sleep(LOOK_SECONDS)

    async with asyncio.TaskGroup() as group:
        looking = group.create_task(look())
        yield watch
        looking.cancel()
