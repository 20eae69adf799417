"""The event log as its users see it.

A log holds streams; a stream has a fixed number of partitions; a record's key decides its partition, so
records of one key keep the order in which they were appended. Two adapters implement this port
(`shared.log.postgres`, `shared.log.kafka`) and pass one contract suite.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import NewType, Protocol

Position = NewType("Position", int)

DOSSIER_STREAM = "dossier"
REFERENCE_STREAM = "reference"
PARTITIONS = 16


@dataclass(frozen=True, slots=True)
class Record:
    """What a producer appends."""

    key: str
    value: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """A record as it lies in the log. Positions grow within a partition; gaps are allowed."""

    stream: str
    partition: int
    position: Position
    key: str
    value: bytes
    headers: Mapping[str, str]


class PositionStore(Protocol):
    """Where a consumer keeps, in its own database, what it has taken the effects of."""

    async def next_position(self, group: str, stream: str, epoch: str, partition: int) -> Position:
        """The position to read from: one past the last whose effects are committed, 0 in a new epoch."""


class Subscription(Protocol):
    """A member of a consumer group. It owns some partitions of one stream; nobody else in the group does."""

    async def fetch(self, limit: int, timeout_seconds: float) -> Sequence[Message]:
        """Up to `limit` messages of **one** owned partition, in position order; empty after the time-out.

        A partition is read from `PositionStore.next_position` on, asked when it is taken over. After that
        each call goes on behind what the last one returned.
        """

    async def rewind(self, partition: int) -> None:
        """Read `partition` again from `PositionStore.next_position` (the effects were not committed)."""

    async def owned(self) -> frozenset[int]:
        """The partitions owned now."""


class EventLog(Protocol):
    """A durable, partitioned, append-only log."""

    async def epoch(self, stream: str) -> str:
        """Names this incarnation of the stream. A log that was made anew has another epoch."""

    async def append(self, stream: str, records: Sequence[Record]) -> None:
        """Durable when it returns. Raises `LogUnavailableError`; then any prefix per key may be in the log."""

    def subscribe(
        self, stream: str, group: str, positions: PositionStore
    ) -> AbstractAsyncContextManager[Subscription]:
        """Join `group`. Leaving the context gives the partitions back."""

    async def end_positions(self, stream: str) -> Mapping[int, Position]:
        """For each partition the position that the next record gets, or a later one."""

    async def close(self) -> None:
        """Let go of every connection."""


class LogUnavailableError(Exception):
    """The log did not take or give records; trying again later may work."""
