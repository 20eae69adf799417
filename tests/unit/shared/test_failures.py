"""An outage is waited out, a bug is not: which failure is which."""

import asyncio

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared.failures import Backoff, passes
from shared.log.port import LogTruncatedError, LogUnavailableError


def wrapped(failure: Exception) -> DBAPIError:
    """As SQLAlchemy hands on what the driver says."""
    adapted = Exception(str(failure))
    adapted.__cause__ = failure
    return DBAPIError("SELECT 1", {}, adapted)


@pytest.mark.parametrize(
    "failure",
    [
        LogUnavailableError(),
        ConnectionRefusedError(),
        TimeoutError("slow"),
        PoolTimeoutError("the pool is empty"),
        asyncpg.AdminShutdownError("restart"),
        asyncpg.CannotConnectNowError("starting up"),
        asyncpg.ConnectionDoesNotExistError("closed"),
        asyncpg.TooManyConnectionsError("full"),
        asyncpg.DiskFullError("full"),
        asyncpg.DeadlockDetectedError("deadlock"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"),
        wrapped(asyncpg.AdminShutdownError("restart")),
        wrapped(asyncpg.SerializationError("again")),
        OperationalError("SELECT 1", {}, Exception("closed"), connection_invalidated=True),
    ],
    ids=repr,
)
def test_an_outage_passes(failure: Exception) -> None:
    assert passes(failure)


@pytest.mark.parametrize(
    "failure",
    [
        LogTruncatedError(),
        ValueError(),
        asyncpg.UndefinedTableError("no such table"),
        asyncpg.exceptions.DataError("an argument of the wrong type"),
        wrapped(asyncpg.UniqueViolationError("twice")),
        IntegrityError("INSERT", {}, Exception("twice")),
    ],
    ids=repr,
)
def test_a_bug_does_not_pass(failure: Exception) -> None:
    assert not passes(failure)


async def test_a_pause_ends_with_the_wish_to_stop() -> None:
    stop = asyncio.Event()
    stop.set()
    async with asyncio.timeout(1):
        await Backoff(first_seconds=60).pause(stop)
