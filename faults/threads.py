"""Servers that are started and ended from a thread of their own: the kernel ends them with that thread."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


class OwnThread:
    """One thread, which lives as long as the suite does."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1)

    async def run(self, act: Callable[[], None]) -> None:
        """Do it there, while everything else goes on."""
        await asyncio.get_running_loop().run_in_executor(self._executor, act)
