"""One sync serves all who wrote before it began, and nobody who wrote later."""

import asyncio
import threading
from pathlib import Path

import pytest

from shared.durable_folder import DurableFolder


class Disk:
    """Syncs take as long as the test says; remembers how many files each found."""

    def __init__(self) -> None:
        self.files = 0
        self.synced: list[int] = []
        self.goes_on = threading.Semaphore(0)

    def sync(self, _: Path) -> None:
        found = self.files
        assert self.goes_on.acquire(timeout=5)
        self.synced.append(found)


async def write(disk: Disk, folder: DurableFolder) -> None:
    disk.files += 1
    written = disk.files
    await folder.sync()
    assert max(disk.synced) >= written


async def settled() -> None:
    await asyncio.sleep(0.05)


async def test_who_comes_during_a_sync_shares_the_next(tmp_path: Path) -> None:
    disk = Disk()
    folder = DurableFolder(tmp_path, disk.sync)
    first = asyncio.create_task(write(disk, folder))
    await settled()
    rest = [asyncio.create_task(write(disk, folder)) for _ in range(20)]
    await settled()
    disk.goes_on.release()
    await first
    assert not any(task.done() for task in rest)
    disk.goes_on.release()
    await asyncio.gather(*rest)
    assert disk.synced == [1, 21]


async def test_a_failed_sync_makes_nothing_durable(tmp_path: Path) -> None:
    failures = [OSError("the disk is full"), None]

    def sync(_: Path) -> None:
        if (failure := failures.pop(0)) is not None:
            raise failure

    folder = DurableFolder(tmp_path, sync)
    with pytest.raises(OSError, match="full"):
        await folder.sync()
    await folder.sync()
    assert failures == []


async def test_the_real_one_syncs(tmp_path: Path) -> None:
    await DurableFolder(tmp_path).sync()


async def test_the_real_one_tells_of_a_folder_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await DurableFolder(tmp_path / "gone").sync()
