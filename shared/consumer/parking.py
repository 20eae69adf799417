"""What a person does about parked messages: look at them, try them again, give one up.

These functions change what the consumer finds; the one in charge of the partition takes it up within seconds.
They lock the partition's row first, as the consumer does, so that neither can overtake the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.errors import NotFoundError, RuleViolationError, StateConflictError
from shared.events.envelope import Envelope, UnreadableEventError

_REPLAY = "replay"

_LIST = text("""
SELECT subject, sequence, stream, partition, position, error, parked_at, dropped_at, dropped_because,
    (SELECT count(*) FROM held_event AS held
     WHERE held.group_name = parked.group_name AND held.subject = parked.subject) AS holds
FROM parked_event AS parked
WHERE group_name = :group AND (dropped_at IS NOT NULL) = :dropped
ORDER BY parked_at, subject, position
""")
_LOCKED = text("""
WITH place AS MATERIALIZED (
    SELECT group_name FROM consumer_position
    WHERE (group_name, stream, partition) IN (
        SELECT group_name, stream, partition FROM parked_event
        WHERE group_name = :group AND subject = :subject)
    FOR UPDATE
)
SELECT count(*) FROM place
""")
_OF_SUBJECT = text("""
SELECT digest, sequence, raw, coalesce(last_sequence, 0) AS last_sequence
FROM parked_event LEFT JOIN consumed USING (group_name, subject)
WHERE group_name = :group AND subject = :subject AND dropped_at IS NULL
ORDER BY coalesce(sequence, 0), position
""")
_TRY_AGAIN = text("""
WITH parked AS (
    DELETE FROM parked_event WHERE group_name = :group AND subject = :subject AND digest = :digest
    RETURNING group_name, stream, subject, partition, position, raw
)
INSERT INTO held_event (group_name, stream, subject, partition, position, raw, sequence, waits_for)
SELECT parked.*, :sequence, :waits_for FROM parked
ON CONFLICT (group_name, subject, sequence) DO UPDATE SET waits_for = excluded.waits_for
""")
_DROP = text("""
UPDATE parked_event SET dropped_at = now(), dropped_because = :because
WHERE group_name = :group AND subject = :subject AND digest = :digest
""")
_SKIP = text("""
WITH freed AS (
    UPDATE held_event SET waits_for = :waits_for
    WHERE group_name = :group AND subject = :subject AND sequence = :sequence + 1 AND waits_for IS NULL
)
INSERT INTO consumed (group_name, subject, last_sequence) VALUES (:group, :subject, :sequence)
ON CONFLICT (group_name, subject) DO UPDATE SET last_sequence = excluded.last_sequence
""")


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """A message that a consumer group could not handle."""

    subject: str
    sequence: int | None
    """None where the message does not say it."""
    stream: str
    partition: int
    position: int
    error: str
    parked_at: datetime
    holds: int
    """How many later events of the subject wait for it."""
    dropped_at: datetime | None
    dropped_because: str | None


async def parked_events(engine: AsyncEngine, group: str, *, dropped: bool = False) -> list[ParkedEvent]:
    """What is parked now, the oldest first; with `dropped` what was given up.

    The figures of a dossier with a dropped event are incomplete, and stay so.
    """
    async with engine.connect() as connection:
        rows = (await connection.execute(_LIST, {"group": group, "dropped": dropped})).mappings()
        return [ParkedEvent(**row) for row in rows]


async def replay(engine: AsyncEngine, group: str, subject: str, *, dry_run: bool = False) -> int:
    """Have the consumer try the parked events of `subject` again, then those that wait behind them.

    Says how many it will try. What still cannot be read stays parked, and so comes back what still cannot be
    applied. With `dry_run` nothing is changed. Raises `NotFoundError` where nothing is parked.
    """
    async with engine.connect() as connection:
        tried = 0
        for row in await _locked(connection, group, subject):
            try:
                event = Envelope.decode(row["raw"])
            except UnreadableEventError:
                continue
            if event.subject == subject:
                key = {"group": group, "subject": subject, "digest": row["digest"]}
                again = {"sequence": event.sequence, "waits_for": _REPLAY}
                await connection.execute(_TRY_AGAIN, key | again)
                tried += 1
        if not dry_run:
            await connection.commit()
        return tried


async def drop(
    engine: AsyncEngine, group: str, subject: str, *, because: str, dry_run: bool = False
) -> int | None:
    """Give the first parked event of `subject` up, so that those behind it are applied without it.

    Returns its sequence; none for a message that had none and held nothing. With `dry_run` nothing is
    changed. Raises `NotFoundError` where nothing is parked, `RuleViolationError` without a reason, and
    `StateConflictError` while events before it are still to come.
    """
    if not because.strip():
        raise RuleViolationError("dropping an event needs a reason", field="/reason", rule="reason-required")
    async with engine.connect() as connection:
        first = (await _locked(connection, group, subject))[0]
        sequence, due = first["sequence"], first["last_sequence"] + 1
        if sequence is not None and sequence > due:
            raise StateConflictError(f"event {sequence} of {subject} cannot be dropped before event {due}")
        key = {"group": group, "subject": subject}
        await connection.execute(_DROP, key | {"digest": first["digest"], "because": because.strip()})
        if sequence == due:
            await connection.execute(_SKIP, key | {"sequence": sequence, "waits_for": _REPLAY})
        if not dry_run:
            await connection.commit()
        return None if sequence is None else int(sequence)


async def _locked(connection: AsyncConnection, group: str, subject: str) -> Sequence[RowMapping]:
    """What is parked of `subject`, in order, after its consumer was made to wait."""
    key = {"group": group, "subject": subject}
    await connection.execute(_LOCKED, key)
    rows = (await connection.execute(_OF_SUBJECT, key)).mappings().all()
    if not rows:
        raise NotFoundError(f"{group} has parked nothing of {subject}")
    return rows
