"""File systems of their own for parts of an installation, small enough to be filled."""

import contextlib
import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

_CHUNK = 1 << 20


class SmallDisk:
    """A file system in memory behind `folder`. Needs the right to mount."""

    def __init__(self, folder: Path, *, megabytes: int) -> None:
        self.folder = folder
        self._megabytes = megabytes

    @contextlib.contextmanager
    def mounted(self) -> Iterator[None]:
        """What `folder` holds meanwhile is gone afterwards. Raises `CannotMountError`."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        options = f"size={self._megabytes}m,mode=0700"
        _run("mount", "-t", "tmpfs", "-o", options, "motcua-faults", str(self.folder))
        try:
            yield
        finally:
            # Lazily: a process that was killed just now may still hold a file.
            _run("umount", "--lazy", str(self.folder))

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        """No byte more can be written meanwhile."""
        filler = self.folder / "filler"
        descriptor = os.open(filler, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            _fill(descriptor)
            yield
        finally:
            os.close(descriptor)
            filler.unlink()


class CannotMountError(Exception):
    """This machine does not let us mount."""


def _fill(descriptor: int) -> None:
    size = _CHUNK
    while size:
        try:
            os.write(descriptor, b"\0" * size)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            size //= 2


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own words
    except FileNotFoundError as error:
        raise CannotMountError(f"there is no {command[0]}") from error
    except subprocess.CalledProcessError as error:
        raise CannotMountError(error.stderr.strip()) from error
