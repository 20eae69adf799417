"""Whether everything that was written has taken effect everywhere, or never will."""

import asyncio
import time
from collections.abc import Mapping

import asyncpg

from services.console.replay.quiescence import quiet_databases
from shared.clock import Clock
from shared.variables import SERVICES, database_variable

_STANDSTILL_SECONDS = 5.0
# Watermarks come and go for ever: they are no progress.
_PROGRESS = """
SELECT coalesce(sum(last_sequence), 0), (SELECT count(*) FROM held_event WHERE subject LIKE '%-%')
FROM consumed WHERE subject LIKE '%-%'
"""
_PENDING = "SELECT count(*) FROM outbox_pending"


async def at_rest(environment: Mapping[str, str], clock: Clock, *, patience_seconds: float) -> bool:
    """Wait for it. False when nothing moves for 5 s, or at the end of the patience."""
    deadline = time.monotonic() + patience_seconds
    before: list[int] = []
    async with quiet_databases(environment, clock) as databases:
        while time.monotonic() < deadline:
            try:
                async with asyncio.timeout(_STANDSTILL_SECONDS):
                    await databases.wait()
            except TimeoutError:
                now = await _progress(environment)
                if now == before:
                    return False
                before = now
            else:
                return True
    return False


async def _progress(environment: Mapping[str, str]) -> list[int]:
    found: list[int] = []
    for service in SERVICES:
        connection = await asyncpg.connect(environment[database_variable(service)])
        try:
            found += await connection.fetchrow(_PROGRESS) or ()
            if service != "stats":
                found.append(await connection.fetchval(_PENDING))
        finally:
            await connection.close()
    return found
