"""A real PostgreSQL for tests: one server for the whole run, shared by its worker processes."""

import contextlib
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from services.console.embedded_postgres import EmbeddedPostgres
from services.console.postgres_account import PostgresStartError
from tests.support.run_wide import locked, run_folder, started_once


class FreshDatabase(Protocol):
    """Makes an empty database, or a copy of `template`, and returns its `postgresql://` address."""

    def __call__(self, template: str | None = None) -> str: ...


class PostgresServer:
    """The run's server, as tests see it."""

    def __init__(self, server: EmbeddedPostgres, folder: Path) -> None:
        self._server = server
        self._folder = folder

    def dsn(self, database: str) -> str:
        """The address of a database on this server."""
        return self._server.dsn(database)

    def execute(self, statement: str, **variables: str) -> str:
        """`EmbeddedPostgres.query` in the maintenance database."""
        return self._server.query("postgres", statement, **variables)

    def template(self, name: str, prepare: Callable[[str], None]) -> str:
        """The name of a database that `prepare` (given its address) filled, once in the whole run."""
        with locked(self._folder / f"template-{name}"):
            ready = self.execute(
                "SELECT 'ready' FROM pg_database WHERE datname = :'name' AND datistemplate", name=name
            )
            if not ready:
                self.execute(f'DROP DATABASE IF EXISTS "{name}"')
                self.execute(f'CREATE DATABASE "{name}"')
                prepare(self.dsn(name))
                self.execute(f'ALTER DATABASE "{name}" IS_TEMPLATE true')
        return name


@pytest.fixture(scope="session")
def postgres_server(testrun_uid: str) -> Iterator[PostgresServer]:
    folder = run_folder(testrun_uid, "postgres")
    server = EmbeddedPostgres(folder / "server", durable=False)
    with started_once(folder, is_up=lambda: _is_up(server), start=server.start, stop=server.stop):
        yield PostgresServer(server, folder)


@pytest.fixture
def fresh_database(postgres_server: PostgresServer) -> Iterator[FreshDatabase]:
    with fresh_databases(postgres_server) as create:
        yield create


@contextlib.contextmanager
def fresh_databases(postgres_server: PostgresServer) -> Iterator[FreshDatabase]:
    """What `create` makes is gone in the end."""
    made: list[str] = []

    def create(template: str | None = None) -> str:
        name = f"test_{uuid.uuid4().hex}"
        copied = f' TEMPLATE "{template}"' if template else ""
        postgres_server.execute(f'CREATE DATABASE "{name}"{copied}')
        made.append(name)
        return postgres_server.dsn(name)

    try:
        yield create
    finally:
        for name in made:
            postgres_server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _is_up(server: EmbeddedPostgres) -> bool:
    try:
        server.dsn("postgres")
    except PostgresStartError:
        return False
    return True
