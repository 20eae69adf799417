"""Taking a backup: everything as it is at one moment, beside a system that goes on."""

import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from services.console.backup.archive import installation_of, is_streamed
from services.console.backup.documents import Copied, CorruptDocumentError, Documents
from services.console.backup.keys import copy_keys
from services.console.backup.place import BackupPlace, Base, segments_of, write_manifest
from services.console.backup.verification import verify
from services.console.embedded_postgres import EmbeddedPostgres
from services.console.failures import CommandError
from services.console.parent_death import die_with_parent
from services.console.run_folder import RunFolder
from shared.version import VERSION

_SIZE = "SELECT sum(pg_database_size(oid)) FROM pg_database"


@dataclass(frozen=True, slots=True)
class Taken:
    """What was done, or would be."""

    base: Base | None
    """None for a dry run."""
    bytes: int
    """The size of the databases."""
    documents: Copied
    """Only those that the place did not have."""
    archived: bool
    """Whether the log is streamed to the place, so that any later moment can be restored too."""


def take(folder: RunFolder, server: EmbeddedPostgres, place: BackupPlace) -> Taken:
    """Take a backup to `place` and verify it. Whatever happens meanwhile, it is whole or not there.

    Raises `CommandError`.
    """
    place.prepare(installation_of(server))
    with place.claimed():
        place.drop_unfinished()
        begun = datetime.now(UTC)
        name = f"{begun:%Y-%m-%dT%H-%M-%SZ}"
        draft = place.bases / f"{name}.new"
        _copy_databases(server, draft / "data")
        ended = datetime.now(UTC)
        # After the databases: whatever these name was stored before.
        documents = _copy_documents(folder, place)
        copy_keys(folder, place.keys)
        verify(draft / "data")
        first, last = segments_of(draft / "data" / "backup_manifest")
        size = _size(server)
        base = Base(name, begun, ended, VERSION, folder.kind_of_log(), first, last, size)
        write_manifest(draft, base)
        draft.rename(place.bases / name)
    return Taken(base, size, documents, _is_archived(folder, server, place))


def look(folder: RunFolder, server: EmbeddedPostgres, place: BackupPlace) -> Taken:
    """What `take` would do."""
    missing = list(Documents(folder.documents, place.documents, by="backup").missing())
    documents = Copied(len(missing), sum(each.stat().st_size for each in missing))
    return Taken(None, _size(server), documents, _is_archived(folder, server, place))


def drop_all_but(place: BackupPlace, keep: int) -> Sequence[str]:
    """Remove all backups but the `keep` newest, and the log that only they needed; their names."""
    finished = place.finished()
    old, kept = finished[:-keep], finished[-keep:]
    for base in old:
        shutil.rmtree(place.bases / base.name)
    if old:
        place.drop_log_before(kept[0])
    return [base.name for base in old]


def _copy_databases(server: EmbeddedPostgres, data: Path) -> None:
    command, environment = server.client("pg_basebackup")
    options = ["--checkpoint=fast", "--wal-method=stream", "--manifest-checksums=SHA256"]
    done = subprocess.run(
        [*command, "--pgdata", str(data), *options],
        env=environment,
        preexec_fn=die_with_parent(signal.SIGTERM),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandError(f"The databases cannot be copied: {done.stderr.strip()}")


def _copy_documents(folder: RunFolder, place: BackupPlace) -> Copied:
    try:
        return Documents(folder.documents, place.documents, by="backup").copy()
    except CorruptDocumentError as error:
        raise CommandError(f"{error}; no backup was taken.") from error


def _is_archived(folder: RunFolder, server: EmbeddedPostgres, place: BackupPlace) -> bool:
    return is_streamed(server, place, up=folder.running_system() is not None)


def _size(server: EmbeddedPostgres) -> int:
    return int(server.query("postgres", _SIZE))
