"""At most one program works on a folder at a time."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

_POLL_SECONDS = 0.02


class FolderInUseError(Exception):
    """Another program works on the folder."""

    def __init__(self, owner: str) -> None:
        super().__init__(f"process {owner} works on the folder")
        self.owner = owner


@contextlib.contextmanager
def locked(folder: Path, *, handover_seconds: float) -> Iterator[int]:
    """Hold the folder's lock; its descriptor, which children may inherit to hold it as long as they live.

    Children of a killed owner get `handover_seconds` to end. Raises `FolderInUseError`, at once when the
    owner is alive.
    """
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + handover_seconds
        while not _try_lock(descriptor):
            owner = os.pread(descriptor, 20, 0).decode()
            if _is_running(owner) or time.monotonic() > deadline:
                raise FolderInUseError(owner)
            time.sleep(_POLL_SECONDS)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def is_locked(folder: Path) -> bool:
    """Whether a program works on the folder now."""
    try:
        descriptor = os.open(folder / "lock", os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        return not _try_lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_running(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True
