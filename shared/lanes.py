"""A few tasks that do what waits, begun when there is something and gone when there is nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


class Lanes:
    """At most `most` tasks call `do_next` until it says that nothing waited."""

    def __init__(self, most: int, do_next: Callable[[], Awaitable[bool]]) -> None:
        self._most = most
        self._do_next = do_next
        self._open: set[asyncio.Task[Any] | None] = set()

    def open(self) -> None:
        """Call it when something was put where `do_next` looks: it is taken up, whatever else is going on."""
        if len(self._open) < self._most:
            lane = asyncio.create_task(self._run())
            self._open.add(lane)
            lane.add_done_callback(self._open.discard)

    async def _run(self) -> None:
        try:
            while await self._do_next():
                pass
        finally:
            # In the step that found nothing. The callback comes steps later: who opens in between would count
            # on a lane that looks no more, and wait until somebody else comes.
            self._open.discard(asyncio.current_task())
