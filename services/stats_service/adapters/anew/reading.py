"""Reads the log from its beginning into the tables aside, with the reactions of the live worker."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.stats_service.adapters.anew.comparison import GROUP, LIVE_GROUP
from services.stats_service.adapters.projection import DossierProjection
from services.stats_service.adapters.reference import ReferenceReaction
from shared.consumer.parking import drop
from shared.consumer.port import Reaction


class _Dossiers(DossierProjection):
    group = GROUP


class _ReferenceData(ReferenceReaction):
    group = GROUP


REACTIONS: Sequence[Reaction] = (_Dossiers(), _ReferenceData())

_READ = text("SELECT coalesce(sum(next_position), 0) FROM pg_temp.consumer_position WHERE group_name = :anew")
_BEHIND = text("""
SELECT count(*) FROM public.consumer_position AS live LEFT JOIN pg_temp.consumer_position AS anew
    ON anew.group_name = :anew AND (anew.stream, anew.partition, anew.epoch)
        = (live.stream, live.partition, live.epoch)
WHERE live.group_name = :live AND live.next_position > coalesce(anew.next_position, 0)
""")
_TRIED_AGAIN = text("SELECT count(*) FROM pg_temp.held_event WHERE waits_for IS NOT NULL")
_GIVEN_UP = text("""
SELECT anew.subject, live.dropped_because FROM pg_temp.parked_event AS anew
JOIN public.parked_event AS live USING (subject, digest)
WHERE anew.group_name = :anew AND live.group_name = :live
    AND anew.dropped_at IS NULL AND live.dropped_at IS NOT NULL
ORDER BY anew.subject, anew.sequence
""")
_TOLD = text("""
SELECT (SELECT count(*) FROM pg_temp.dossier),
    (SELECT coalesce(sum(last_sequence), 0) FROM pg_temp.consumed JOIN pg_temp.dossier ON code = subject)
""")
_GROUPS = {"live": LIVE_GROUP, "anew": GROUP}


@dataclass(frozen=True, slots=True)
class Told:
    """How much the log told."""

    dossiers: int
    events: int


async def messages_read(engine: AsyncEngine) -> int:
    """How many messages were taken in so far, of all streams and partitions."""
    async with engine.connect() as connection:
        return int(await connection.scalar(_READ, _GROUPS) or 0)


async def is_caught_up(engine: AsyncEngine) -> bool:
    """Whether everything was taken in that the live tables have committed.

    What a person has given up there is given up here too, where it still cannot be read.
    """
    async with engine.connect() as connection:
        behind = await connection.scalar(_BEHIND, _GROUPS)
        pending = await connection.scalar(_TRIED_AGAIN)
        given_up = (await connection.execute(_GIVEN_UP, _GROUPS)).all()
    for subject, because in given_up:
        await drop(engine, GROUP, subject, because=because)
    return not (behind or pending or given_up)


async def told(connection: AsyncConnection) -> Told:
    """So far."""
    return Told(*map(int, (await connection.execute(_TOLD)).one()))
