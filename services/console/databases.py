"""Where the commands of whoever runs the system find its databases and its log."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from services.console.embedded_postgres import EmbeddedPostgres
from services.console.failures import CommandError
from services.console.run_folder import LOG_VARIABLE, RunFolder, given_addresses
from shared.variables import database_variable

UNREACHABLE = 2
"""The exit status where nothing could be looked at."""


@contextmanager
def addresses(folder: RunFolder) -> Iterator[Mapping[str, str]]:
    """Each variable with its address: those that the environment names, else those of the run folder.

    PostgreSQL of a system that is not up is started for as long as the block lasts. Raises `CommandError`.
    """
    if given_addresses():
        yield os.environ
        return
    is_up = folder.running_system() is not None
    if not is_up and folder.log_is_elsewhere() and LOG_VARIABLE not in os.environ:
        why = f"The log of {folder.path} is in Kafka; start the system, or name the log with {LOG_VARIABLE}."
        raise CommandError(why, status=UNREACHABLE)
    with own_server(folder) as server:
        yield folder.environment(server, demo=False)


@contextmanager
def own_server(folder: RunFolder) -> Iterator[EmbeddedPostgres]:
    """The PostgreSQL of a run folder, running: that of the system that is up, else for as long as the block.

    Raises `CommandError`.
    """
    if not folder.was_prepared():
        raise CommandError(f"No system ever ran on {folder.path}; name one with --data.", status=UNREACHABLE)
    server = EmbeddedPostgres(folder.postgres)
    if folder.running_system() is not None:
        yield server
        return
    with folder.claimed(), server:
        yield server


def database_of(environment: Mapping[str, str], service: str) -> str:
    """The address of a service's database."""
    return environment[database_variable(service)]


@contextmanager
def reached(folder: RunFolder) -> Iterator[Mapping[str, str]]:
    """The same; and what cannot be reached or read inside the block is told in a line."""
    import asyncpg
    from sqlalchemy.exc import DBAPIError

    from shared.log.port import LogUnavailableError

    try:
        with addresses(folder) as environment:
            yield environment
    except DBAPIError as error:
        raise _unreachable((error.orig or error).__cause__ or error) from error
    except (LogUnavailableError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _unreachable(error) from error


def _unreachable(error: BaseException) -> CommandError:
    why = str(error) or type(error).__name__
    return CommandError(f"The system cannot be reached: {why}", status=UNREACHABLE)
