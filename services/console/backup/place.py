"""The folder that backups of one installation are kept in.

base/<moment>/       a copy of the database server, and `manifest.json`: present only when it is whole
wal/<run>/           the write-ahead log since then, each run without a gap
documents/           every document once
keys/                sealing key, keys of tokens, password of the server, clock of a demo
installation         whose backups these are
"""

import contextlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from services.console.failures import CommandError
from services.console.folder_lock import FolderInUseError, locked

_SEGMENT_BITS = 24  # 16 MB
_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Base:
    """A backup that is whole: from its end on, any moment can be restored that the log reaches."""

    name: str
    begun: datetime
    ended: datetime
    """By the clock of the machine, as every moment here."""
    program: str
    """The release that took it."""
    log: str
    """What kind of event log the installation has."""
    first_segment: str
    last_segment: str
    """Of the write-ahead log, as far as it belongs to the backup."""
    bytes: int
    """The size of its databases."""


class BackupPlace:
    """Paths in the folder, and what it holds."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.bases = self.path / "base"
        self.wal = self.path / "wal"
        self.documents = self.path / "documents"
        self.keys = self.path / "keys"
        self._installation = self.path / "installation"

    def prepare(self, installation: str) -> None:
        """Make what is missing, closed to everybody else. Raises `CommandError` for another one's folder."""
        if self.path.exists() and not self._installation.exists() and any(self.path.iterdir()):
            raise CommandError(f"{self.path} holds something else than backups; name another folder.")
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self.bases, self.wal, self.documents, self.keys):
                folder.mkdir(mode=0o700, exist_ok=True)
            if not self._installation.exists():
                self._installation.write_text(installation)
        except OSError as error:
            raise CommandError(f"{self.path} cannot be used: {error.filename}: {error.strerror}") from error
        if self._installation.read_text() != installation:
            raise CommandError(f"{self.path} holds the backups of another installation; name another folder.")

    @contextlib.contextmanager
    def claimed(self) -> Iterator[None]:
        """Hold it for one backup. Raises `CommandError` while another one is taken."""
        try:
            with locked(self.bases, handover_seconds=0):
                yield
        except FolderInUseError as error:
            raise CommandError(f"Another backup goes to {self.path} (process {error.owner}).") from error

    def finished(self) -> Sequence[Base]:
        """What can be restored, the oldest first."""
        if not self.bases.is_dir():
            return []
        manifests = sorted(self.bases.glob(f"*/{_MANIFEST}"))
        return [
            _base(json.loads(each.read_text())) for each in manifests if not each.parent.name.endswith(".new")
        ]

    def drop_unfinished(self) -> None:
        """Remove what killed backups left."""
        for draft in self.bases.glob("*.new"):
            shutil.rmtree(draft)

    def data_of(self, base: Base) -> Path:
        """The copied folder of the server."""
        return self.bases / base.name / "data"

    def segments_after(self, base: Base) -> Sequence[Path]:
        """The archived log that goes on from the end of `base` without a gap, the newest last."""
        for run in sorted(self.wal.iterdir()) if self.wal.is_dir() else ():
            files = sorted(each for each in run.iterdir() if not _is_before(each, base.first_segment))
            if any(_segment(each) == base.last_segment for each in files):
                return files
        return []

    def drop_log_before(self, base: Base) -> None:
        """Remove the archived log that neither `base` nor a later one needs."""
        for file in self.wal.glob("*/*"):
            if _is_before(file, base.first_segment):
                file.unlink()


def write_manifest(folder: Path, base: Base) -> None:
    """Declare the backup in `folder` whole."""
    (folder / _MANIFEST).write_text(json.dumps(asdict(base), default=datetime.isoformat, indent=2))


def segments_of(backup_manifest: Path) -> tuple[str, str]:
    """The first and the last segment that a base backup needs, as PostgreSQL's own manifest says."""
    ranges = json.loads(backup_manifest.read_text())["WAL-Ranges"]
    last = ranges[-1]
    return (
        _name(ranges[0]["Timeline"], ranges[0]["Start-LSN"]),
        _name(last["Timeline"], last["End-LSN"]),
    )


def _base(told: dict[str, Any]) -> Base:
    moments = {name: datetime.fromisoformat(told[name]) for name in ("begun", "ended")}
    return Base(**{**told, **moments})


def _segment(file: Path) -> str:
    return file.name.removesuffix(".partial")


def _is_before(file: Path, segment: str) -> bool:
    return _segment(file) < segment and file.suffix != ".history"


def _name(timeline: int, position: str) -> str:
    high, low = (int(part, 16) for part in position.split("/"))
    number = (high << 32 | low) >> _SEGMENT_BITS
    return f"{timeline:08X}{number >> 8:08X}{number & 0xFF:08X}"
