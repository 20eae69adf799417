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
STREAMS = (DOSSIER_STREAM, REFERENCE_STREAM)
# The same in every log and for ever: it decides where a key lies, and who tells every partition something
# must know them all. So many processes of one service can read at once, each some thousand events a second.
PARTITIONS = 16
MAX_VALUE_BYTES = 900_000
# A member that does not fetch for so long is taken for hung, and its partitions go to the others.
MEMBER_TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Record:
    """What a producer appends. Raises `ValueError` for a value that not every adapter can carry."""

    key: str
    value: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.value) > MAX_VALUE_BYTES:
            message = f"a record of {self.key} has {len(self.value)} bytes, more than {MAX_VALUE_BYTES}"
            raise ValueError(message)


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
    """A member of a consumer group. It owns some partitions of one stream; nobody else in the group does.

    It joins with its first `fetch` and gets its share within seconds; what a member leaves behind, or loses
    after `MEMBER_TIMEOUT_SECONDS` without a fetch, goes to the others. A member that was cut off may find
    out late: only the compare-and-set of the position, in the transaction of the effects, keeps its effects
    out.
    Calls come from one task, one after another.
    """

    async def fetch(self, limit: int, timeout_seconds: float) -> Sequence[Message]:
        """Up to `limit` messages of **one** owned partition, in position order; empty after the time-out.

        A partition is read from `PositionStore.next_position` on, asked when it is taken over, and again when
        the log was made anew. After that each call goes on behind what the last one returned. Partitions
        change hands only inside this call or while the caller handles what it returned.

        An answer is empty before that too: a caller that commits what it holds whenever an answer is empty,
        and then fetches again within seconds, does no work that another member does again.

        Raises `LogUnavailableError`, after which the next call tries again, `LogTruncatedError` when the
        position lies behind the end of the partition, and `UnknownStreamError`.
        """

    async def rewind(self, partition: int) -> None:
        """Read `partition` again from `PositionStore.next_position` (the effects were not committed)."""

    async def owned(self) -> frozenset[int]:
        """The partitions owned now, as far as this member knows."""


class EventLog(Protocol):
    """A durable, partitioned, append-only log."""

    async def ensure_schema(self, streams: Sequence[str] = STREAMS) -> None:
        """Make what is missing of `streams`. Safe to repeat and to run from several processes at once."""

    async def epoch(self, stream: str) -> str:
        """Names this incarnation of the stream. A log that was made anew has another epoch."""

    async def append(self, stream: str, records: Sequence[Record]) -> None:
        """Durable when it returns. Records of one key keep their order.

        Raises `LogUnavailableError`; then any of the records may be in the log or still get there: append
        them all again, in order. Raises `UnknownStreamError` for a stream that nobody made.
        """

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


class LogTruncatedError(Exception):
    """The log ends before a position whose effects are committed: records it had confirmed are gone.

    It was put back to an older copy, or lost its newest part. Trying again does not help.
    """


class UnknownStreamError(LookupError):
    """The stream was never made, or not with `PARTITIONS` partitions: `ensure_schema` comes first."""
