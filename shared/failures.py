"""Which failures pass by themselves, and how long to wait before trying again."""

import asyncio
from contextlib import suppress
from random import SystemRandom

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared.log.port import LogUnavailableError

_PASSING = (
    LogUnavailableError,
    PoolTimeoutError,
    OSError,  # TimeoutError too
    asyncpg.PostgresConnectionError,
    asyncpg.InternalClientError,  # how asyncpg takes a session that ends in the middle of something
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)


def passes(failure: BaseException) -> bool:
    """Whether a lost connection, a server in restart or fail-over, a full disk or a deadlock is behind it."""
    if isinstance(failure, DBAPIError):
        return failure.connection_invalidated or passes(_driver_error(failure))
    if isinstance(failure, asyncpg.InterfaceError):
        # asyncpg's complaints about arguments are an InterfaceError too, and would never pass.
        return not isinstance(failure, ValueError)
    return isinstance(failure, _PASSING)


def _driver_error(failure: DBAPIError) -> BaseException:
    wrapped = failure.orig or failure
    return wrapped.__cause__ or wrapped


class Backoff:
    """Pauses that grow from one failure to the next, each of random length so that nobody marches in step."""

    def __init__(self, *, first_seconds: float = 0.1, longest_seconds: float = 10) -> None:
        self._first = first_seconds
        self._longest = longest_seconds
        self._next = first_seconds
        self._random = SystemRandom()

    def reset(self) -> None:
        """It worked: the next failure begins anew."""
        self._next = self._first

    async def pause(self, stop: asyncio.Event) -> None:
        """Wait, though not beyond `stop`."""
        seconds = self._random.uniform(self._next / 2, self._next)
        self._next = min(self._next * 2, self._longest)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await stop.wait()
