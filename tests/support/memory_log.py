"""An event log in memory: what lies in it, and in which order, is in the test's hand.

It implements `shared.log.port` for one process with one member per group, as fast as lists are.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from shared.log.partitioning import partition_of
from shared.log.port import PARTITIONS, STREAMS, Message, Position, PositionStore, Record


class MemoryLog:
    """A log that is made anew with every instance: `name` is its epoch."""

    def __init__(self, name: str) -> None:
        self._epoch = name
        self.records: list[tuple[str, Record]] = []
        """Everything that was ever appended, in order, with its stream."""
        self._partitions: dict[tuple[str, int], list[Message]] = {}

    async def ensure_schema(self, streams: Sequence[str] = STREAMS) -> None: ...

    async def epoch(self, stream: str) -> str:
        return self._epoch

    async def append(self, stream: str, records: Sequence[Record]) -> None:
        for record in records:
            self.records.append((stream, record))
            number = partition_of(record.key, PARTITIONS)
            lying = self.lying(stream, number)
            position = Position(len(lying))
            lying.append(Message(stream, number, position, record.key, record.value, record.headers))

    @asynccontextmanager
    async def subscribe(
        self, stream: str, group: str, positions: PositionStore
    ) -> AsyncIterator["MemoryMember"]:
        yield MemoryMember(self, stream, group, positions)

    async def end_positions(self, stream: str) -> Mapping[int, Position]:
        return {number: Position(len(self.lying(stream, number))) for number in range(PARTITIONS)}

    async def close(self) -> None: ...

    def lying(self, stream: str, partition: int) -> list[Message]:
        """What lies in a partition."""
        return self._partitions.setdefault((stream, partition), [])


class MemoryMember:
    """The only member of its group: it owns every partition. It never waits."""

    def __init__(self, log: MemoryLog, stream: str, group: str, positions: PositionStore) -> None:
        self._log = log
        self._stream = stream
        self._group = group
        self._positions = positions
        self._next: dict[int, int] = {}

    async def fetch(self, limit: int, timeout_seconds: float) -> Sequence[Message]:
        for number in range(PARTITIONS):
            lying = self._log.lying(self._stream, number)
            if lying and number not in self._next:
                await self.rewind(number)
            start = self._next.get(number, 0)
            if messages := lying[start : start + limit]:
                self._next[number] = start + len(messages)
                return messages
        return []

    async def rewind(self, partition: int) -> None:
        self._next[partition] = await self._positions.next_position(
            self._group, self._stream, await self._log.epoch(self._stream), partition
        )

    async def owned(self) -> frozenset[int]:
        return frozenset(self._next)

    @property
    def has_more(self) -> bool:
        """Whether something lies behind what was fetched."""
        return any(
            len(self._log.lying(self._stream, number)) > self._next.get(number, 0)
            for number in range(PARTITIONS)
        )
