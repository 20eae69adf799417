"""Bringing an installation back to a moment, in a new folder."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from services.console.backup.documents import Copied, CorruptDocumentError, Documents
from services.console.backup.keys import put_back_keys
from services.console.backup.place import BackupPlace, Base
from services.console.backup.verification import verify
from services.console.embedded_postgres import EmbeddedPostgres
from services.console.failures import CommandError
from services.console.postgres_account import PostgresStartError, account_for, open_place
from services.console.run_folder import RunFolder

# Some minutes for each gigabyte of log.
_RECOVERY_SECONDS = 6 * 3600.0
_LAST = "SELECT extract(epoch FROM pg_last_xact_replay_timestamp())"
# Components as they were handed in, and results.
_NAMED = """
SELECT DISTINCT digest #>> '{}' FROM history, jsonb_path_query(data, 'lax $.components[*].digest') AS digest
UNION SELECT DISTINCT digest #>> '{}' FROM history, jsonb_path_query(data, 'lax $.results[*]') AS digest
"""
_EPOCHS = "SELECT DISTINCT epoch FROM consumer_position"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done, or would be."""

    base: Base
    segments: int
    """So many files of the log were played on top of it."""
    last_commit: datetime | None
    """The last that is there, of those after the backup."""
    documents: Copied
    missing: Sequence[str]
    """Digests of documents that dossiers name and the place does not have."""


@dataclass(frozen=True, slots=True)
class _Recovered:
    last_commit: datetime | None
    epochs: Sequence[str]
    """Of the logs that were read."""
    named: Sequence[str]
    """Digests of all documents that dossiers name."""


def restore(place: BackupPlace, to: RunFolder, moment: datetime | None) -> Restored:
    """Bring `to`, which does not exist, to `moment` or to the newest that there is.

    It is there when it is whole, and not before. Raises `CommandError`.
    """
    base, segments = _chosen(place, moment)
    draft = RunFolder(to.path.with_name(f"{to.path.name}.restoring"))
    if draft.path.exists():
        draft.remove()
    try:
        server = _laid_out(place, base, segments, draft, moment)
        recovered = _recovered(server, place, moment)
        if base.log != "postgresql":
            draft.note_overtaken_logs(recovered.epochs)
        documents = Documents(place.documents, draft.documents, by="restore").copy()
        missing = [
            digest for digest in recovered.named if not (draft.documents / digest[:2] / digest).exists()
        ]
        draft.path.rename(to.path)
    except CorruptDocumentError as error:
        raise CommandError(f"{error}; nothing was restored.") from error
    finally:
        if draft.path.exists():
            draft.remove()
    return Restored(base, len(segments), recovered.last_commit, documents, missing)


def look(place: BackupPlace, to: RunFolder, moment: datetime | None) -> Restored:
    """What `restore` would do."""
    base, segments = _chosen(place, moment)
    stored = list(Documents(place.documents, to.documents, by="restore").missing())
    documents = Copied(len(stored), sum(each.stat().st_size for each in stored))
    return Restored(base, len(segments), None, documents, missing=())


def _chosen(place: BackupPlace, moment: datetime | None) -> tuple[Base, Sequence[Path]]:
    finished = place.finished()
    if not finished:
        raise CommandError(f"There is no whole backup in {place.path}.")
    if moment is not None and moment > datetime.now(UTC):
        raise CommandError(f"{moment.isoformat()} has not come yet.")
    before = [base for base in finished if moment is None or base.ended <= moment]
    if not before:
        why = f"The first backup in {place.path} ended at {finished[0].ended.isoformat()}"
        raise CommandError(f"{why}; no earlier moment can be restored.")
    base = before[-1]
    segments = place.segments_after(base)
    if moment is not None and not segments:
        raise CommandError(
            f"The log after the backup {base.name} was not archived: only that itself is there."
        )
    verify(place.data_of(base))
    return base, segments


def _laid_out(
    place: BackupPlace, base: Base, segments: Sequence[Path], draft: RunFolder, moment: datetime | None
) -> EmbeddedPostgres:
    """The copied server, ready to play the log on top of it."""
    draft.path.mkdir(mode=0o711, parents=True)
    for folder in (draft.documents, draft.logs):
        folder.mkdir(mode=0o700)
    account = account_for(draft.postgres)
    server_folder = open_place(draft.postgres, account)
    put_back_keys(place.keys, draft)
    data = server_folder / "data"
    shutil.copytree(place.data_of(base), data)
    for segment in segments:
        # What is streamed at present is as long as any other, and ends in nothing.
        shutil.copyfile(segment, data / "pg_wal" / segment.name.removesuffix(".partial"))
    (data / "recovery.signal").touch()
    if account is not None:
        for path in server_folder.rglob("*"):
            account.own(path)
    settings = {
        # The log lies where the server looks next.
        "restore_command": "false",
        "recovery_target_action": "promote",
        # Else it calls itself ready before it has played the log to the end.
        "hot_standby": "off",
    }
    if moment is not None:
        settings["recovery_target_time"] = moment.isoformat()
    return EmbeddedPostgres(draft.postgres, settings=settings, start_seconds=_RECOVERY_SECONDS)


def _recovered(server: EmbeddedPostgres, place: BackupPlace, moment: datetime | None) -> _Recovered:
    try:
        with server:
            seconds = server.query("postgres", _LAST).strip()
            return _Recovered(
                last_commit=datetime.fromtimestamp(float(seconds), UTC) if seconds else None,
                epochs=server.query("motcua_stats", _EPOCHS).split(),
                named=[
                    digest
                    for service in ("intake", "processing")
                    for digest in server.query(f"motcua_{service}", _NAMED).split()
                ],
            )
    except PostgresStartError as error:
        if moment is not None and "before configured recovery target" in str(error):
            why = f"The log in {place.wal} ends before {moment.isoformat()}; give an earlier moment or none."
            raise CommandError(f"{why}\n{error}") from error
        raise
