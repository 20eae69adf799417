"""A real PostgreSQL for tests: one server for the whole run, shared by its worker processes."""

import contextlib
import fcntl
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from services.console.embedded_postgres import EmbeddedPostgres
from services.console.postgres_account import PostgresStartError


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
        with _locked(self._folder / f"template-{name}"):
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
    # Not below pytest's own folder: that is 0700, so root's server would have to move out of it.
    folder = Path(tempfile.gettempdir()) / f"motcua-test-{testrun_uid}"
    folder.mkdir(mode=0o711, exist_ok=True)
    server = EmbeddedPostgres(folder / "server", durable=False)
    started = False
    with (folder / "users").open("w") as users:
        with _locked(folder / "start"):
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                server.dsn("postgres")
            except PostgresStartError:
                server.start()
                started = True
        try:
            yield PostgresServer(server, folder)
        finally:
            if started:
                fcntl.flock(users, fcntl.LOCK_EX)  # the other workers have ended their tests
                server.stop()
                shutil.rmtree(folder)


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


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
