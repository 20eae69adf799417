"""What a group has taken in of each subject, what it holds back and what it parked."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.consumer.sorting import Delivery, Key
from shared.events.envelope import Envelope

# Subject by subject: planned on near-empty tables, a join may read all of a group each time.
_KNOWN = text("""
SELECT subject, partition, position, sequence, waits_for, raw, (
    SELECT last_sequence FROM consumed WHERE group_name = :group AND consumed.subject = asked.subject
) AS last_sequence
FROM unnest(CAST(:subjects AS text[])) AS asked (subject)
LEFT JOIN LATERAL (
    SELECT partition, position, sequence, waits_for, raw FROM held_event
    WHERE group_name = :group AND held_event.subject = asked.subject OFFSET 0
) AS held ON true
""")
_CONSUMED = text("""
INSERT INTO consumed (group_name, subject, last_sequence)
SELECT :group, subject, sequence
FROM unnest(CAST(:subjects AS text[]), CAST(:sequences AS int[])) AS applied (subject, sequence)
ON CONFLICT (group_name, subject) DO UPDATE SET last_sequence = excluded.last_sequence
""")
_HELD = text("""
INSERT INTO held_event AS held (group_name, stream, subject, sequence, partition, position, waits_for, raw)
VALUES (:group, :stream, :subject, :sequence, :partition, :position, :waits_for, :raw)
ON CONFLICT (group_name, subject, sequence) DO UPDATE SET waits_for = excluded.waits_for
""")
_RELEASED = text("""
DELETE FROM held_event AS held
USING unnest(CAST(:subjects AS text[]), CAST(:sequences AS int[])) AS released (subject, sequence)
WHERE held.group_name = :group
    AND (held.subject, held.sequence) = (released.subject, released.sequence)
""")
_PARKED = text("""
INSERT INTO parked_event AS parked
    (group_name, stream, subject, digest, sequence, partition, position, raw, error)
VALUES (:group, :stream, :subject, :digest, :sequence, :partition, :position, :raw, :error)
ON CONFLICT (group_name, subject, digest) DO UPDATE SET error = excluded.error
""")
_RETRIED = text("""
SELECT DISTINCT subject, partition FROM held_event
WHERE group_name = :group AND stream = :stream AND waits_for IS NOT NULL
    AND partition = ANY(CAST(:partitions AS smallint[])) AND subject > :after
ORDER BY subject LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Known:
    """What the database says of some subjects."""

    last_sequences: Mapping[str, int]
    held: Sequence[Delivery]
    waits: Mapping[Key, str | None]
    """For each held event what it lacks; see `Sorted.waiting`."""


@dataclass(frozen=True, slots=True)
class Poison:
    """A message that cannot be handled as it is."""

    subject: str
    sequence: int | None
    """None where the message does not say it either."""
    raw: bytes
    partition: int
    position: int
    error: str


class Ledger:
    """One group's entries for one stream. Every call is part of the caller's transaction."""

    def __init__(self, group: str, stream: str) -> None:
        self._group: dict[str, Any] = {"group": group}
        self._place: dict[str, Any] = {"group": group, "stream": stream}

    async def known(self, connection: AsyncConnection, subjects: Collection[str]) -> Known:
        """What was applied of `subjects`, and what of theirs is held."""
        rows = (await connection.execute(_KNOWN, self._group | {"subjects": list(subjects)})).all()
        held = [row for row in rows if row.sequence is not None]
        return Known(
            last_sequences={row.subject: row.last_sequence or 0 for row in rows},
            held=[Delivery(Envelope.decode(row.raw), row.raw, row.partition, row.position) for row in held],
            waits={(row.subject, row.sequence): row.waits_for for row in held},
        )

    async def advance(self, connection: AsyncConnection, applied: Mapping[str, int]) -> None:
        """`applied` is for each subject the last sequence whose effects are taken."""
        if applied:
            subjects = {"subjects": list(applied), "sequences": list(applied.values())}
            await connection.execute(_CONSUMED, self._group | subjects)

    async def hold(
        self,
        connection: AsyncConnection,
        waiting: Mapping[Key, tuple[Delivery, str | None]],
        waits: Mapping[Key, str | None],
    ) -> None:
        """Make `waiting` what is held of its subjects, where `waits` was before."""
        released = waits.keys() - waiting.keys()
        if released:
            subjects, sequences = zip(*released, strict=True)
            await connection.execute(_RELEASED, self._group | {"subjects": subjects, "sequences": sequences})
        changed = [
            self._place
            | {
                "subject": key[0],
                "sequence": key[1],
                "partition": delivery.partition,
                "position": delivery.position,
                "waits_for": lacking,
                "raw": delivery.raw,
            }
            for key, (delivery, lacking) in waiting.items()
            if key not in waits or waits[key] != lacking
        ]
        if changed:
            await connection.execute(_HELD, changed)

    async def park(self, connection: AsyncConnection, poison: Iterable[Poison]) -> None:
        """Put `poison` aside for a person to look at."""
        rows = [
            self._place
            | {
                "subject": one.subject,
                "sequence": one.sequence,
                "digest": sha256(one.raw).digest(),
                "partition": one.partition,
                "position": one.position,
                "raw": one.raw,
                "error": one.error,
            }
            for one in poison
        ]
        if rows:
            await connection.execute(_PARKED, rows)

    async def retried(
        self, connection: AsyncConnection, partitions: Collection[int], *, after: str, limit: int
    ) -> Mapping[str, int]:
        """Subjects above `after`, in order, with an event that waits for more than its predecessor.

        With their partitions.
        """
        rows = await connection.execute(
            _RETRIED, self._place | {"partitions": list(partitions), "after": after, "limit": limit}
        )
        return {row.subject: row.partition for row in rows}
