"""The folder in which one installation on this machine keeps everything: data, keys, clock, logs."""

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from services.console.embedded_postgres import EmbeddedPostgres
from services.console.failures import CommandError
from services.console.folder_lock import FolderInUseError, is_locked, locked
from shared.variables import PREFIX, SERVICES, database_variable

DEFAULT = Path(".run")
LOG_VARIABLE = f"{PREFIX}LOG_URL"
DATABASE_VARIABLES = (*(database_variable(service) for service in SERVICES), LOG_VARIABLE)
DEMO_ISSUER = "urn:motcua:demo"

# An attempt to see whether somebody holds the folder holds it for a moment itself.
_CLAIM_SECONDS = 1
_DATABASES = (*(f"motcua_{service}" for service in SERVICES), "motcua_log")


@dataclass(frozen=True, slots=True)
class RunningSystem:
    """Where a started system answers, and the process that keeps it up."""

    address: str
    pid: int
    log_url: str


class RunFolder:
    """Paths inside the folder, and what other commands read there while the system is up."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.postgres = self.path / "postgres"
        self.kafka = self.path / "kafka"
        self.cluster = self.path / "cluster"
        self.documents = self.path / "documents"
        self.partners = self.path / "partners"
        self.business_clock = self.path / "business-clock"
        self.logs = self.path / "logs"
        self.token_keys = self.path / "token-keys"
        self.public_token_keys = self.token_keys / "public.json"
        self._sealing_key = self.path / "sealing-key"
        self._running = self.path / "running.json"
        self._log_kind = self.path / "log-kind"
        self._overtaken_logs = self.path / "overtaken-logs"

    def prepare(self) -> None:
        """Make the folders and secrets that are missing. Raises `CommandError` where that cannot be."""
        try:
            # Its own mode lets the account of PostgreSQL pass; what lies in it is closed.
            self.path.mkdir(mode=0o711, parents=True, exist_ok=True)
            for folder in (self.documents, self.logs, self.token_keys):
                folder.mkdir(mode=0o700, exist_ok=True)
            if not self._sealing_key.exists():
                write_secret(self._sealing_key, secrets.token_urlsafe(32))
        except OSError as error:
            why = f"{self.path} cannot be the run folder: {error.filename}: {error.strerror}."
            raise CommandError(f"{why} Choose another with --data.") from error

    def was_prepared(self) -> bool:
        """Whether an installation ever kept its data here."""
        return self._sealing_key.exists()

    def small_files(self) -> list[Path]:
        """What there is beside databases, logs and documents and could never be made again."""
        files = (self.business_clock, self._log_kind, self.postgres / "password", self._sealing_key)
        return [*self.token_keys.glob("*.json"), *(file for file in files if file.exists())]

    @contextlib.contextmanager
    def claimed(self) -> Iterator[None]:
        """Hold the folder for one system. Raises `CommandError` when another one has it."""
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locked(self.path, handover_seconds=_CLAIM_SECONDS))
            except FolderInUseError as error:
                why = f"A system already runs on {self.path} (process {error.owner})."
                raise CommandError(f"{why} Stop it first, or choose another folder with --data.") from error
            yield

    def remove(self) -> None:
        """Remove the folder with everything in it, which the caller has claimed."""
        # Root's data may lie elsewhere, with a link here (see postgres_account).
        if self.postgres.is_symlink():
            shutil.rmtree(self.postgres.resolve(), ignore_errors=True)
        shutil.rmtree(self.path)

    def environment(self, server: EmbeddedPostgres, *, demo: bool) -> dict[str, str]:
        """The environment for the system's processes. What is set already is kept."""
        return self._environment(server.dsn, self._sealing_key.read_text().strip(), demo=demo)

    def expected_environment(self, *, demo: bool) -> dict[str, str]:
        """What `environment` will be like, before the folder, its key and its server are there."""
        return self._environment(lambda name: f"postgresql://user@/{name}?host=/", "x" * 32, demo=demo)

    def _environment(self, dsn: Callable[[str], str], sealing_key: str, *, demo: bool) -> dict[str, str]:
        chosen = {
            f"{PREFIX}OBJECT_STORE_URL": self.documents.as_uri(),
            f"{PREFIX}SEALING_KEY": sealing_key,
        }
        if not given_addresses():
            chosen |= dict(zip(DATABASE_VARIABLES, map(dsn, _DATABASES), strict=True))
            if running := self.running_system():
                chosen[LOG_VARIABLE] = running.log_url
        if demo:
            chosen |= {
                f"{PREFIX}DEMO": "true",
                f"{PREFIX}BUSINESS_CLOCK": str(self.business_clock),
                f"{PREFIX}TOKEN_ISSUER": DEMO_ISSUER,
                f"{PREFIX}TOKEN_KEYS": str(self.public_token_keys),
            }
        return chosen | dict(os.environ)

    def keep_log(self, address: str) -> None:
        """Note what kind of log the events go to, for ever: those of one are not in another.

        Raises `CommandError` when they went to another kind so far.
        """
        kind = "kafka" if address.startswith("kafka") else address.partition(":")[0]
        if not self._log_kind.exists():
            self._log_kind.write_text(kind)
        if (kept := self._log_kind.read_text()) != kind:
            message = f"The events of {self.path} are in a log of kind {kept}, not {kind}."
            raise CommandError(f"{message} Choose another folder with --data.")

    def kind_of_log(self) -> str:
        """What kind of log the events went to."""
        return self._log_kind.read_text() if self._log_kind.exists() else "postgresql"

    def log_is_elsewhere(self) -> bool:
        """Whether the events went to a log that is not in the folder's own PostgreSQL."""
        return self.kind_of_log() != "postgresql"

    def note_overtaken_logs(self, epochs: Iterable[str]) -> None:
        """The databases were put back to a moment that these logs have gone on from."""
        self._overtaken_logs.write_text("\n".join(epochs))

    def overtaken_logs(self) -> frozenset[str]:
        """The epochs of logs that must not be used with these databases any more."""
        if not self._overtaken_logs.exists():
            return frozenset()
        return frozenset(self._overtaken_logs.read_text().split())

    @contextlib.contextmanager
    def announced(self, address: str, *, log_url: str) -> Iterator[RunningSystem]:
        """Tell other commands where the system answers and keeps its log, as long as it does.

        The folder is claimed.
        """
        system = RunningSystem(address, os.getpid(), log_url)
        write_secret(self._running, json.dumps(asdict(system)))
        try:
            yield system
        finally:
            self._running.unlink(missing_ok=True)

    def system(self) -> RunningSystem:
        """The system that runs on this folder now. Raises `CommandError` where there is none."""
        if (system := self.running_system()) is None:
            raise CommandError(f"No system is up on {self.path}; start it with `motcua up`.", status=2)
        return system

    def running_system(self) -> RunningSystem | None:
        """The same; None where there is none."""
        # A killed system leaves its announcement behind, but no lock.
        if not is_locked(self.path):
            return None
        with contextlib.suppress(FileNotFoundError):
            return RunningSystem(**json.loads(self._running.read_text()))
        return None


def given_addresses() -> bool:
    """Whether the environment names every database, so that none has to be started.

    The log may be named alone. Raises `CommandError` when only some are named: the others would silently be
    new and empty.
    """
    missing = [name for name in DATABASE_VARIABLES if name not in os.environ]
    if missing and set(DATABASE_VARIABLES) - {*missing, LOG_VARIABLE}:
        message = "must be set too: give the address of every database or of none"
        raise CommandError("\n".join(f"{name}: {message}" for name in missing))
    return not missing


def create_databases(server: EmbeddedPostgres) -> None:
    """Make the databases that are missing on an embedded server."""
    for name in _DATABASES:
        server.create_database(name)


def write_secret(path: Path, secret: str | bytes) -> None:
    """Write a file that nobody else ever can read, whole or not at all."""
    # Two processes may write the same at once.
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret.encode() if isinstance(secret, str) else secret)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
