"""Dossier codes: `<agency code>-<yyMMdd>-<sequence>`, unique for ever, from any number of processes at once.

Codes are drawn from blocks: a counter row per agency and day in every filing's transaction would let the
filings of one agency wait for each other. What is left of a block when a process ends is never used.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

LARGEST_BLOCK = 64
_BUSY_SECONDS = 1.0
_KEPT_BLOCKS = 1000


class BlockSource(Protocol):
    """Where blocks of sequences come from."""

    async def take(self, agency: str, day: date, size: int) -> int:
        """The last sequence of `size` consecutive ones that nobody else ever gets; durable on return."""


@dataclass(slots=True)
class _Block:
    """What this process holds of one agency and day."""

    next: int = 1
    last: int = 0
    size: int = 0
    taken_at: float = float("-inf")
    waiting: int = 0
    refill: asyncio.Lock = field(default_factory=asyncio.Lock)


class DossierCodes:
    """Gives out codes. Any number of tasks may call at once; those that wait share one refill."""

    def __init__(self, source: BlockSource, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._monotonic = monotonic
        self._blocks: dict[tuple[str, date], _Block] = {}

    async def next(self, agency: str, day: date) -> str:
        """A code that was never given out; `day` is the filing date in Vietnam."""
        block = self._block(agency, day)
        while block.next > block.last:
            block.waiting += 1
            try:
                async with block.refill:
                    if block.next > block.last:
                        await self._refill(block, agency, day)
            finally:
                block.waiting -= 1
        sequence = block.next
        block.next += 1
        return f"{agency}-{day:%y%m%d}-{sequence:04d}"

    async def _refill(self, block: _Block, agency: str, day: date) -> None:
        size = self._size(block)
        block.last = await self._source.take(agency, day, size)
        block.next = block.last - size + 1
        block.size, block.taken_at = size, self._monotonic()

    def _size(self, block: _Block) -> int:
        """Twice the block that was used up in a moment, half of one that lasted; enough for all who wait."""
        lasted = self._monotonic() - block.taken_at
        wanted = block.size * 2 if lasted < _BUSY_SECONDS else block.size // 2
        return min(max(wanted, block.waiting), LARGEST_BLOCK)

    def _block(self, agency: str, day: date) -> _Block:
        key = agency, day
        if key not in self._blocks:
            if len(self._blocks) >= _KEPT_BLOCKS:
                self._blocks.clear()  # costs the codes that were left, never their uniqueness
            self._blocks[key] = _Block()
        return self._blocks[key]
