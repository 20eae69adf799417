"""How far a group has read, kept in the database of its effects."""

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.log.port import Position

_START = text("""
INSERT INTO consumer_position AS known (group_name, stream, partition, epoch, next_position)
VALUES (:group, :stream, :partition, :epoch, 0)
ON CONFLICT (group_name, stream, partition) DO UPDATE SET
    epoch = excluded.epoch,
    next_position = CASE WHEN known.epoch = excluded.epoch THEN known.next_position ELSE 0 END
RETURNING next_position
""")
# In the order of partitions, so that two members cannot wait for each other. A process that was stopped in
# the middle must not keep the rows locked for whoever took its partitions over. What follows in the
# transaction finds its rows by key: plans are kept, and the tables grow a thousandfold under them. And a
# crash may lose the transaction, position and effects together: the log has the events for ever.
_MOVE = text("""
WITH move AS (
    SELECT * FROM unnest(
        CAST(:partitions AS smallint[]), CAST(:expected AS bigint[]), CAST(:next AS bigint[])
    ) AS move (partition, expected, next)
), locked AS MATERIALIZED (
    SELECT partition, next FROM consumer_position JOIN move USING (partition)
    WHERE group_name = :group AND stream = :stream AND epoch = :epoch AND next_position = expected
    ORDER BY partition FOR UPDATE OF consumer_position
), moved AS (
    UPDATE consumer_position AS known SET next_position = locked.next FROM locked
    WHERE known.group_name = :group AND known.stream = :stream AND known.partition = locked.partition
    RETURNING 1
)
SELECT count(*), set_config('idle_in_transaction_session_timeout', '30s', true),
    set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
    set_config('enable_mergejoin', 'off', true), set_config('synchronous_commit', 'off', true)
FROM moved
""")


class PositionsMovedError(Exception):
    """Somebody else has read on: this member has lost its partitions, or has not noticed that it did."""


class Positions:
    """The positions of one member: see `shared.log.port.PositionStore`. It remembers what it has told."""

    def __init__(self, engine: AsyncEngine, group: str, stream: str) -> None:
        self._engine = engine
        self._group = group
        self._stream = stream
        self._epoch = ""
        self._known: dict[int, Position] = {}

    async def next_position(self, group: str, stream: str, epoch: str, partition: int) -> Position:
        async with self._engine.begin() as connection:
            position = await connection.scalar(
                _START, {"group": group, "stream": stream, "partition": partition, "epoch": epoch}
            )
        self._epoch = epoch
        self._known[partition] = Position(position)
        return self._known[partition]

    def unmoved(self, partitions: frozenset[int]) -> Mapping[int, Position]:
        """A move of `partitions` to where they are: it locks them, and fails for a member that lost them."""
        return {partition: self._known[partition] for partition in partitions}

    async def move(self, connection: AsyncConnection, moves: Mapping[int, Position]) -> None:
        """Compare and set in the caller's transaction, before anything else is done in it.

        Raises `PositionsMovedError`; the caller rolls back and reads its partitions anew.
        """
        result = await connection.execute(
            _MOVE,
            {
                "group": self._group,
                "stream": self._stream,
                "epoch": self._epoch,
                "partitions": list(moves),
                "expected": [self._known[partition] for partition in moves],
                "next": list(moves.values()),
            },
        )
        if result.one()[0] != len(moves):
            raise PositionsMovedError(f"{self._group} no longer reads {sorted(moves)} of {self._stream}")

    def moved(self, moves: Mapping[int, Position]) -> None:
        """The transaction is committed."""
        self._known.update(moves)
