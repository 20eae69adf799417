"""Makes the statistics anew from the log while everything goes on, and puts right what differs."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.stats_service.adapters.anew.amendment import amend
from services.stats_service.adapters.anew.aside import AMONG_THE_LIVE, SessionLostError, aside
from services.stats_service.adapters.anew.comparison import (
    Marks,
    look_for_differences,
    marks,
    settle_differences,
)
from services.stats_service.adapters.anew.exclusion import is_the_only_rebuild, nobody_else_writes
from services.stats_service.adapters.anew.findings import Change, changes
from services.stats_service.adapters.anew.reading import REACTIONS, is_caught_up, messages_read, told
from services.stats_service.adapters.anew.sums import sum_up, wrong_scopes
from shared.consumer.runner import Consumer
from shared.failures import passes
from shared.log.address import open_log
from shared.log.port import EventLog

_POLL_SECONDS = 0.1
_ATTEMPTS = 20
_CATCH_UP_SECONDS = 20

Tell = Callable[[str, int, int | None], None]
"""Is told what is being done, how far it is, and how much there is where that is known."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found, and whether it put it right."""

    dossiers: int
    events: int
    differing: int
    """Dossiers of which the live tables said something else."""
    changes: Sequence[Change]
    wrong_sums: int
    """Scopes whose cumulative rows were not the sums of their deltas."""
    unknown: Sequence[str] = field(default=())
    """Dossiers of which the live tables know events that the log does not tell; then nothing was changed."""
    applied: bool = False

    @property
    def agrees(self) -> bool:
        """Whether there was nothing to put right."""
        return not (self.differing or self.wrong_sums or self.unknown)


class RebuildError(Exception):
    """It cannot be done now; the message says why. Nothing was changed."""


async def rebuild(dsn: str, log_url: str, tell: Tell, *, dry_run: bool) -> Rebuilt:
    """Read the log from its beginning, compare, and put right in one transaction what differs.

    Readers and consumers go on; consumers wait for the moment in which it is put right. `dry_run` changes
    nothing. May be broken off, or be killed, at any moment: then nothing has changed.
    Raises `RebuildError`, `NotAllowedError`, `SessionLostError`.
    """
    log = open_log(log_url)
    try:
        async with aside(dsn) as engine:
            if not await is_the_only_rebuild(engine):
                raise RebuildError("another rebuild of the statistics is running")
            return await _beside_the_reading(engine, log, tell, dry_run=dry_run)
    except DBAPIError as error:
        if error.connection_invalidated:
            raise SessionLostError from error
        raise
    finally:
        await log.close()


async def _beside_the_reading(engine: AsyncEngine, log: EventLog, tell: Tell, *, dry_run: bool) -> Rebuilt:
    stop = asyncio.Event()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(Consumer(engine, log, REACTIONS).run(stop))
            try:
                await _read_all(engine, log, tell)
                return await _hold_against(engine, tell, dry_run=dry_run)
            finally:
                stop.set()
    except BaseExceptionGroup as failures:
        # Whatever failed first ended the other: one failure is told, not a tree of them.
        raise _first(failures) from failures


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    first = failures.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


async def _read_all(engine: AsyncEngine, log: EventLog, tell: Tell) -> None:
    """Until no more is unread than what has come meanwhile."""
    while True:
        ends: list[Mapping[int, int]] = [await log.end_positions(each.stream) for each in REACTIONS]
        total = sum(sum(end.values()) for end in ends)
        done = await messages_read(engine)
        tell("reading the log", done, total)
        if done >= total and await is_caught_up(engine):
            return
        await asyncio.sleep(_POLL_SECONDS)


async def _hold_against(engine: AsyncEngine, tell: Tell, *, dry_run: bool) -> Rebuilt:
    since = await marks(engine)
    async with engine.connect() as connection:
        known = await told(connection)
    async for seen in look_for_differences(engine):
        tell("comparing dossiers", seen, known.dossiers)
    tell("comparing sums", 0, None)
    async with engine.begin() as connection:
        suspicious = await wrong_scopes(connection)
    for _ in range(_ATTEMPTS):
        tell("settling", 0, None)
        try:
            async with nobody_else_writes(engine):
                if await _caught_up_soon(engine):
                    return await _settle(engine, since, suspicious, dry_run=dry_run)
        except DBAPIError as error:
            if not passes(error):
                raise
        await asyncio.sleep(_POLL_SECONDS)
    raise RebuildError("the workers do not give way; try again when there is less to do")


async def _caught_up_soon(engine: AsyncEngine) -> bool:
    try:
        async with asyncio.timeout(_CATCH_UP_SECONDS):
            while not await is_caught_up(engine):  # noqa: ASYNC110 - a database tells nobody
                await asyncio.sleep(_POLL_SECONDS / 10)
    except TimeoutError:
        return False
    return True


async def _settle(engine: AsyncEngine, since: Marks, suspicious: Sequence[int], *, dry_run: bool) -> Rebuilt:
    async with engine.connect() as connection, connection.begin() as transaction:
        behind = await settle_differences(connection, since)
        found = await changes(connection)
        wrong = await wrong_scopes(connection, suspicious)
        known = await told(connection)
        outcome = Rebuilt(
            dossiers=known.dossiers,
            events=known.events,
            differing=found.dossiers,
            changes=found.changes,
            wrong_sums=len(wrong),
            unknown=behind,
            applied=not (dry_run or behind),
        )
        if not outcome.applied:
            await transaction.rollback()
            return outcome
        await connection.exec_driver_sql(AMONG_THE_LIVE)
        await amend(connection)
        await sum_up(connection, wrong)
    return outcome
