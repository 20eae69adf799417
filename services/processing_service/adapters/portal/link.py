"""The way to the portal, as all workers together see it: its session, its pace, and whether it is open.

All of it is one row of the database: a process that starts anew knows what the others have learnt.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_FAILURES = 5
"""So many in a row, and nobody calls any more."""
_FIRST_SECONDS, _LONGEST_SECONDS = 5.0, 300.0
# Who tries whether it works again is alone for so long.
_PROBE = timedelta(seconds=40)

_AWAY = text("""
SELECT coalesce(open_until > now(), false) OR next_at > now() + CAST(:patience AS interval) FROM portal_link
""")
_TURN = text("""
INSERT INTO portal_link AS link (next_at) VALUES (now() + CAST(:gap AS interval))
ON CONFLICT (single) DO UPDATE SET
    next_at = greatest(link.next_at, now()) + CAST(:gap AS interval),
    open_until = CASE WHEN link.open_until IS NOT NULL THEN now() + CAST(:probe AS interval) END
WHERE link.open_until IS NULL OR link.open_until <= now()
RETURNING
    CAST(extract(epoch FROM next_at - CAST(:gap AS interval) - now()) AS float8) AS seconds, session,
    failures > 0 AS troubled
""")
_FAILED = text("""
UPDATE portal_link SET failures = failures + 1, open_until = CASE
    WHEN failures + 1 >= :most THEN now() + make_interval(secs =>
        least(:longest, :first * power(2, least(failures + 1 - :most, 20))) * (0.5 + random() / 2))
END
""")
_SERVED = text("""
UPDATE portal_link SET failures = 0, open_until = NULL WHERE failures > 0 OR open_until IS NOT NULL
""")
_NOT_BEFORE = text("UPDATE portal_link SET next_at = greatest(next_at, now() + CAST(:pause AS interval))")
_RENEWED = text("UPDATE portal_link SET session = :new WHERE session IS NOT DISTINCT FROM :old")


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody may call."""

    seconds: float
    """From now."""
    session: str | None
    """The one that was last opened."""
    troubled: bool
    """The last call failed."""


class PortalLink:
    """The row. Counts every failure, opens for a while after five in a row, then lets one try."""

    def __init__(self, engine: AsyncEngine, *, calls_per_second: float) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._gap = timedelta(seconds=1 / calls_per_second)

    async def is_away(self) -> bool:
        """Whether nobody should call for a while."""
        async with self._engine.connect() as connection:
            return bool(await connection.scalar(_AWAY, {"patience": timedelta(seconds=1)}))

    async def turn(self) -> Turn | None:
        """When the caller may call; none while nobody may."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_TURN, {"gap": self._gap, "probe": _PROBE})).one_or_none()
            return Turn(max(0.0, row.seconds), row.session, row.troubled) if row else None

    async def failed(self) -> None:
        """A call had no answer that could be understood."""
        parameters = {"most": _FAILURES, "first": _FIRST_SECONDS, "longest": _LONGEST_SECONDS}
        async with self._engine.connect() as connection:
            await connection.execute(_FAILED, parameters)

    async def served(self) -> None:
        """A call was answered, after one that failed."""
        async with self._engine.connect() as connection:
            await connection.execute(_SERVED)

    async def not_before(self, seconds: float) -> None:
        """The portal asks to be left alone so long."""
        async with self._engine.connect() as connection:
            await connection.execute(_NOT_BEFORE, {"pause": timedelta(seconds=seconds)})

    async def renewed(self, old: str | None, new: str) -> None:
        """Another one was opened, unless somebody was quicker."""
        async with self._engine.connect() as connection:
            await connection.execute(_RENEWED, {"old": old, "new": new})
