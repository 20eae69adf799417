"""When nothing is on its way any more: only then business time may move."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

from sqlalchemy import text

from services.console.backbone import Backbone, connected
from shared.clock import Clock
from shared.consumer.quiescence import all_quiet
from shared.outbox.quiescence import watermark_sent

_PAUSE_SECONDS = 0.03
_PATIENCE_SECONDS = 300.0
# Online results whose window has passed, and open cases that a newer calendar has not been held against.
_TIMERS_DUE = text("""
SELECT EXISTS (SELECT FROM case_file WHERE hand_over_due_at < :now)
    OR EXISTS (
        SELECT FROM case_file
        WHERE status IN ('accepted', 'processing', 'awaiting_supplement', 'awaiting_payment',
            'withdrawal_requested') AND calendar_checked < :calendar
    )
""")


class NotQuietError(Exception):
    """Something does not come to rest: a consumer stands still, or an event is held."""


class Quiescence(Protocol):
    """Waits for rest. The caller has no call in flight."""

    async def wait(self) -> None:
        """Until outboxes are empty, consumers have read everything and due timers have run.

        Raises `NotQuietError` when that takes minutes.
        """

    async def wait_for_watermarks(self) -> None:
        """The same, and until statistics know that nothing is missing of what happened so far."""

    def expect_calendar(self, version: int) -> None:
        """From now on rest means too that every open case was held against this calendar."""


class QuietDatabases:
    """Asks the services' databases and the log."""

    def __init__(self, backbone: Backbone, clock: Clock) -> None:
        self._backbone = backbone
        self._clock = clock
        self._calendar = 0

    def expect_calendar(self, version: int) -> None:
        self._calendar = max(self._calendar, version)

    async def wait(self) -> None:
        await self._until(self._quiet)

    async def wait_for_watermarks(self) -> None:
        await self._until(self._announced)
        await self._until(self._quiet)

    async def _until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not await holds():
            if time.monotonic() > deadline:
                raise NotQuietError("events or timers do not come to rest; see the logs")
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _quiet(self) -> bool:
        # Timers write events, so they are asked first.
        async with self._backbone.engines["processing"].connect() as connection:
            due = await connection.scalar(_TIMERS_DUE, {"now": self._clock.now(), "calendar": self._calendar})
        backbone = self._backbone
        return not due and await all_quiet(backbone.log, backbone.outboxes, backbone.followers)

    async def _announced(self) -> bool:
        now = self._clock.now()
        return all([await watermark_sent(engine, now) for engine in self._backbone.outboxes])


@asynccontextmanager
async def quiet_databases(environment: Mapping[str, str], clock: Clock) -> AsyncIterator[QuietDatabases]:
    """Connects to the databases and the log that the environment names."""
    async with connected(environment, application_name="motcua replay") as backbone:
        yield QuietDatabases(backbone, clock)
