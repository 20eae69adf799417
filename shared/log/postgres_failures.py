"""Which failures of PostgreSQL pass by themselves."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from shared.log.port import LogUnavailableError

_PASSING = (
    OSError,  # TimeoutError too
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # how asyncpg takes a session that ends while it looks up types
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
)


@contextmanager
def passing_failures_as_unavailable() -> Iterator[None]:
    """Turn a lost connection, a server in restart or fail-over, a full disk into `LogUnavailableError`."""
    try:
        yield
    except _PASSING as failure:
        # asyncpg's complaints about arguments are an InterfaceError too, and would never pass.
        if isinstance(failure, ValueError):
            raise
        message = f"the log's database does not serve: {failure!r}"
        raise LogUnavailableError(message) from failure
