"""Making files durable together: a sync for each of many small files costs more than writing them."""

import asyncio
import ctypes
import os
from collections.abc import Callable
from pathlib import Path

# Not in Python's `os`; elsewhere than on Linux all file systems are synced at once.
_syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)


class DurableFolder:
    """Syncs the file system of `folder`, once for all who wait."""

    def __init__(self, folder: Path, sync: Callable[[Path], None] | None = None) -> None:
        """`sync` is for tests."""
        self._folder = folder
        self._sync = sync or _sync_file_system
        self._turn = asyncio.Lock()
        self._begun = 0
        self._done = 0

    async def sync(self) -> None:
        """Whatever was written before this call, names included, is on disk when it returns.

        Raises `OSError`: what was written since the last sync may be lost.
        """
        wanted = self._begun + 1  # a sync that is under way may have passed our files already
        async with self._turn:
            if self._done >= wanted:
                return
            self._begun = number = self._begun + 1
            await asyncio.to_thread(self._sync, self._folder)
            self._done = number


def _sync_file_system(folder: Path) -> None:
    if _syncfs is None:
        os.sync()
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if _syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(descriptor)
