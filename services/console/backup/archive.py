"""The write-ahead log as it is written, streamed to a backup place."""

import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.console.backup.place import BackupPlace
from services.console.embedded_postgres import EmbeddedPostgres
from services.console.run_folder import RunFolder
from services.console.supervisor import Child

_PREFIX = "motcua_"
_SLOTS = "SELECT slot_name FROM pg_replication_slots WHERE starts_with(slot_name, 'motcua_')"
_WHOLE = f"{_SLOTS} AND wal_status <> 'lost'"
# Who streams may not have noticed yet that its supervisor was killed.
_FORGET = """
SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots
WHERE slot_name = :'name' AND active_pid IS NOT NULL;
SELECT pg_drop_replication_slot(:'name')
"""
_REMEMBER = "SELECT pg_create_physical_replication_slot(:'name', true)"


def prepare_archive(server: EmbeddedPostgres, place: Path | None) -> None:
    """Make ready what a system that starts archives to; None for one that does not.

    Raises `CommandError` for a place that cannot be used.
    """
    if place is None:
        _forget_runs(server)
    else:
        BackupPlace(place).prepare(installation_of(server))


def archive_child(folder: RunFolder, place: Path, environment: Mapping[str, str]) -> Child:
    """The process that archives while the system is up."""
    command = [sys.executable, "-m", "services.console.backup.archive_process", str(folder.path), str(place)]
    return Child("archive", command, environment, folder.logs / "archive.log")


def installation_of(server: EmbeddedPostgres) -> str:
    """What tells this server, and whatever is restored from its backups, from every other one."""
    return server.query("postgres", "SELECT system_identifier FROM pg_control_system()").strip()


def begin_run(server: EmbeddedPostgres, place: BackupPlace) -> Path:
    """The folder in `place` into which the log is streamed.

    The server keeps what has not arrived there, so it goes on where it ended last. Where something may be
    missing, after a time without archive or in a restored server, a new run begins: it needs a new backup.
    """
    whole = [name for name in server.query("postgres", _WHOLE).split() if (place.wal / name).is_dir()]
    _forget_runs(server, except_for=whole[:1])
    if whole:
        return place.wal / whole[0]
    name = f"{_PREFIX}{secrets.token_hex(4)}"
    (place.wal / name).mkdir(mode=0o700)
    server.query("postgres", _REMEMBER, name=name)
    return place.wal / name


def is_streamed(server: EmbeddedPostgres, place: BackupPlace, *, up: bool) -> bool:
    """Whether a run of this server goes to `place`, and without delay where the system is `up`."""
    running = server.query("postgres", f"{_WHOLE} AND active" if up else _WHOLE).split()
    return any((place.wal / name).is_dir() for name in running)


def streaming(server: EmbeddedPostgres, run: Path, log: Path) -> Child:
    """The program that writes `run`, each commit within moments. It waits out a server that is away."""
    command, environment = server.client("pg_receivewal")
    more = ["--directory", str(run), "--slot", run.name, "--synchronous"]
    return Child("pg_receivewal", [*command, *more], environment, log)


def _forget_runs(server: EmbeddedPostgres, except_for: Sequence[str] = ()) -> None:
    for name in server.query("postgres", _SLOTS).split():
        if name not in except_for:
            server.query("postgres", _FORGET, name=name)
