"""Which subjects a consumer group holds back, and what each of them waits for."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_WAITING = text("""
SELECT held.subject, min(held.sequence) AS first_held, count(*) AS events, max(held.waits_for) AS lacks,
    extract(epoch FROM now() - min(held.held_at))::float8 AS age_seconds,
    coalesce((SELECT last_sequence FROM consumed
        WHERE consumed.group_name = :group AND consumed.subject = held.subject), 0) + 1 AS due,
    EXISTS (SELECT FROM parked_event AS parked
        WHERE parked.group_name = :group AND parked.subject = held.subject AND dropped_at IS NULL) AS parked
FROM held_event AS held WHERE held.group_name = :group AND held.stream = :stream
GROUP BY held.subject ORDER BY min(held.held_at), held.subject LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class WaitingSubject:
    """A subject of which events are held."""

    subject: str
    first_held: int
    """Its sequence."""
    events: int
    """How many are held."""
    lacks: str | None
    """Reference data that is not there yet, such as `calendar/7`; `replay` where it is being tried again."""
    age_seconds: float
    due: int
    """The sequence that comes next."""
    parked: bool
    """Whether something of it was put aside for a person."""

    @property
    def waits_for(self) -> str:
        """In words."""
        if self.lacks is not None:
            return self.lacks
        return "what is parked of it" if self.parked else f"event {self.due}"


async def waiting_subjects(
    engine: AsyncEngine, group: str, stream: str, *, limit: int
) -> list[WaitingSubject]:
    """Those that have waited longest, at most `limit`."""
    async with engine.connect() as connection:
        asked = {"group": group, "stream": stream, "limit": limit}
        return [WaitingSubject(**row) for row in (await connection.execute(_WAITING, asked)).mappings()]
