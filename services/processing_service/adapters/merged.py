"""Look-ups of concurrent requests, made as one: while a query is under way, the next ones gather."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from shared.lanes import Lanes

Wanted = TypeVar("Wanted")
Found = TypeVar("Found")

_LARGEST_BATCH = 256
_LANES = 2


class Merged(Generic[Wanted, Found]):
    """Answers each look-up from a query over many."""

    def __init__(self, query: Callable[[Sequence[Wanted]], Awaitable[Sequence[Found]]]) -> None:
        """`query` answers in the order in which it is asked."""
        self._query = query
        self._waiting: deque[tuple[Wanted, asyncio.Future[Found]]] = deque()
        self._lanes = Lanes(_LANES, self._answer_next)

    async def __call__(self, wanted: Wanted) -> Found:
        """Raises what the query raised."""
        found: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
        self._waiting.append((wanted, found))
        self._lanes.open()
        return await found

    async def _answer_next(self) -> bool:
        if not self._waiting:
            return False
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), _LARGEST_BATCH))]
        try:
            answers = await self._query([wanted for wanted, _ in batch])
        except Exception as error:  # noqa: BLE001 - handed to every caller that waits for it
            for _, found in batch:
                if not found.done():
                    found.set_exception(error)
        except BaseException:
            for _, found in batch:
                found.cancel()
            raise
        else:
            for (_, found), answer in zip(batch, answers, strict=True):
                if not found.done():
                    found.set_result(answer)
        return True
