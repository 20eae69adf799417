"""Whatever is put in is taken up, also by lanes that are about to end."""

import asyncio
from collections import deque
from collections.abc import Sequence

from services.processing_service.adapters.merged import Merged
from shared.lanes import Lanes


class Work:
    """Things to do, each of which takes as long as `gate` is closed."""

    def __init__(self, lanes: int) -> None:
        self.gate = asyncio.Event()
        self.waiting: deque[int] = deque()
        self.done: list[int] = []
        self.most_at_once = 0
        self._now = 0
        self.lanes = Lanes(lanes, self._do_next)

    def put(self, number: int) -> None:
        self.waiting.append(number)
        self.lanes.open()

    async def _do_next(self) -> bool:
        if not self.waiting:
            return False
        number = self.waiting.popleft()
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        await self.gate.wait()
        self._now -= 1
        self.done.append(number)
        return True


async def turns(number: int = 5) -> None:
    """Let everything that can run do so."""
    for _ in range(number):
        await asyncio.sleep(0)


async def test_no_more_at_once_than_there_are_lanes() -> None:
    work = Work(lanes=2)
    for number in range(5):
        work.put(number)
    await turns()
    work.gate.set()
    await turns()
    assert sorted(work.done) == [0, 1, 2, 3, 4]
    assert work.most_at_once == 2


async def test_who_comes_in_the_step_in_which_the_last_lane_ends_is_served() -> None:
    work = Work(lanes=2)
    work.put(1)
    work.put(2)
    await turns()

    async def come_late() -> None:
        # Woken behind the lanes, in the same turn of the loop.
        await work.gate.wait()
        work.put(3)

    late = asyncio.create_task(come_late())
    await turns()
    work.gate.set()
    await late
    await turns()
    assert work.done == [1, 2, 3]


async def test_a_lane_that_was_ended_before_it_began_is_in_nobodys_way() -> None:
    work = Work(lanes=1)
    before = asyncio.all_tasks()
    work.put(1)
    for lane in asyncio.all_tasks() - before:
        lane.cancel()
    await turns()
    work.gate.set()
    work.put(2)
    await turns()
    assert work.done == [1, 2]


async def test_look_ups_at_the_end_of_others_are_answered() -> None:
    gate = asyncio.Event()

    async def query(wanted: Sequence[int]) -> Sequence[int]:
        await gate.wait()
        return [each * 10 for each in wanted]

    merged = Merged[int, int](query)

    async def ask_late() -> int:
        await gate.wait()
        return await merged(3)

    asked = [asyncio.create_task(merged(1))]
    await turns()
    asked.append(asyncio.create_task(merged(2)))
    await turns()
    asked.append(asyncio.create_task(ask_late()))
    await turns()
    gate.set()
    async with asyncio.timeout(5):
        assert await asyncio.gather(*asked) == [10, 20, 30]
