"""Whether everything that was written has taken effect everywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.log.port import EventLog, Position
from shared.outbox.quiescence import outbox_backlog

_POSITIONS = text("""
SELECT partition, next_position FROM consumer_position
WHERE group_name = :group AND stream = :stream AND epoch = :epoch
""")
_HELD_AND_PARKED = text("""
SELECT (SELECT count(*) FROM held_event WHERE group_name = :group AND stream = :stream),
    (SELECT count(*) FROM parked_event WHERE group_name = :group AND stream = :stream AND dropped_at IS NULL)
""")


@dataclass(frozen=True, slots=True)
class Follower:
    """A consumer group on one stream, and the database of its effects."""

    engine: AsyncEngine
    group: str
    stream: str


@dataclass(frozen=True, slots=True)
class ConsumerBacklog:
    """What a follower has still to do, and where it is in each partition."""

    positions: Mapping[int, Position]
    ends: Mapping[int, Position]
    held: int
    parked: int
    """These wait for a person."""

    @property
    def unread(self) -> int:
        """How far its positions lie behind the end of the log."""
        return sum(max(0, end - self.positions.get(partition, 0)) for partition, end in self.ends.items())


async def consumer_backlog(log: EventLog, follower: Follower) -> ConsumerBacklog:
    """Compares `follower` with the end of the log."""
    return await _backlog(log, follower, await log.end_positions(follower.stream))


async def all_quiet(log: EventLog, outboxes: Sequence[AsyncEngine], followers: Sequence[Follower]) -> bool:
    """Whether nothing is on its way: nothing to send, nothing unread, nothing held. Parked events are not.

    True means that it was so at one moment, and stays so for as long as no request and no timer writes.
    """
    streams = {follower.stream for follower in followers}
    ends = {stream: await log.end_positions(stream) for stream in streams}
    for follower in followers:
        backlog = await _backlog(log, follower, ends[follower.stream])
        if backlog.unread or backlog.held:
            return False
    for engine in outboxes:
        if (await outbox_backlog(engine)).events:
            return False
    # An event that left an outbox meanwhile, after the followers were asked, has moved an end.
    return ends == {stream: await log.end_positions(stream) for stream in streams}


async def _backlog(log: EventLog, follower: Follower, ends: Mapping[int, Position]) -> ConsumerBacklog:
    place = {"group": follower.group, "stream": follower.stream}
    epoch = await log.epoch(follower.stream)
    async with follower.engine.connect() as connection:
        rows = await connection.execute(_POSITIONS, place | {"epoch": epoch})
        positions = {row.partition: Position(row.next_position) for row in rows}
        held, parked = (await connection.execute(_HELD_AND_PARKED, place)).one()
    return ConsumerBacklog(positions=positions, ends=ends, held=held, parked=parked)
