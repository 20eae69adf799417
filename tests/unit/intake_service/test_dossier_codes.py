"""How many codes a process takes at once."""

import asyncio
from datetime import date

from services.intake_service.application.dossier_codes import LARGEST_BLOCK, DossierCodes

_DAY = date(2023, 5, 15)


class _Source:
    """Counts like the database, and lets other tasks run before it answers."""

    def __init__(self) -> None:
        self.last = 0
        self.sizes: list[int] = []

    async def take(self, agency: str, day: date, size: int) -> int:
        await asyncio.sleep(0)
        self.sizes.append(size)
        self.last += size
        return self.last


class _Time:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def test_waiting_callers_share_one_refill() -> None:
    source = _Source()
    codes = DossierCodes(source, _Time())
    given = await asyncio.gather(*(codes.next("H41.SCT", _DAY) for _ in range(50)))
    assert len(set(given)) == 50
    assert len(source.sizes) == 2


async def test_blocks_grow_while_busy_and_shrink_when_calm() -> None:
    source, time = _Source(), _Time()
    codes = DossierCodes(source, time)
    for _ in range(127):
        await codes.next("H41.SCT", _DAY)
    assert source.sizes == [1, 2, 4, 8, 16, 32, 64]
    for _ in range(LARGEST_BLOCK + 1):
        await codes.next("H41.SCT", _DAY)
    assert source.sizes[7:] == [64, 64]
    time.seconds = 60
    for _ in range(LARGEST_BLOCK):
        await codes.next("H41.SCT", _DAY)
    assert source.sizes[9:] == [32]


async def test_a_failed_refill_is_the_callers_error_and_the_next_one_tries_again() -> None:
    class Failing(_Source):
        async def take(self, agency: str, day: date, size: int) -> int:
            if not self.sizes:
                self.sizes.append(0)
                raise OSError
            return await super().take(agency, day, size)

    codes = DossierCodes(Failing(), _Time())
    first, second = await asyncio.gather(
        codes.next("H41.SCT", _DAY), codes.next("H41.SCT", _DAY), return_exceptions=True
    )
    assert isinstance(first, OSError)
    assert second == "H41.SCT-230515-0001"


async def test_forgetting_blocks_costs_codes_and_never_uniqueness() -> None:
    source = _Source()
    codes = DossierCodes(source, _Time())
    given = [await codes.next(f"H41.{number % 1500}", _DAY) for number in range(4000)]
    assert len({code.rpartition("-")[2] for code in given}) == 4000
