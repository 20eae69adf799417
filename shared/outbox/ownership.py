"""Which relay sends which buckets.

A bucket belongs to the session that holds its advisory lock, so the server itself hands the buckets of a
dead relay on. A shared lock beside them shows that a relay is there; all relays count these marks alike and
so agree on how many buckets each may hold.
"""

import asyncio
from collections.abc import Sequence

import asyncpg

from shared.journal.writer import BUCKETS

_LOCK_CLASS = int.from_bytes(b"outb")
# In the place of a bucket number: the mark of a relay.
_MARK = BUCKETS
_ROUND_SECONDS = 1.0

_HOLDERS = """
SELECT pid, objid::int AS place FROM pg_locks
WHERE locktype = 'advisory' AND classid = $1::int::oid AND objsubid = 2 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_TAKE = "SELECT place FROM unnest($2::int[]) AS place WHERE pg_try_advisory_lock($1, place)"
_GIVE_BACK = "SELECT pg_advisory_unlock($1, place) FROM unnest($2::int[]) AS place"


class BucketShare:
    """The buckets of one relay. They change only inside `buckets`, between two rounds of sending."""

    def __init__(self, session: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._session = session
        self._owned: Sequence[int] = ()
        self._round_due: float | None = None

    async def buckets(self) -> Sequence[int]:
        """What this relay may send now. Looks after its share once a second."""
        now = asyncio.get_running_loop().time()
        if self._round_due is None:
            await self._session.execute("SELECT pg_advisory_lock_shared($1, $2)", _LOCK_CLASS, _MARK)
            self._round_due = now
        if now >= self._round_due:
            self._owned = await self._share_out()
            self._round_due = now + _ROUND_SECONDS
        return self._owned

    async def _share_out(self) -> Sequence[int]:
        """Give back what is above the fair share, take what is free up to it."""
        own_pid = self._session.get_server_pid()
        rows = await self._session.fetch(_HOLDERS, _LOCK_CLASS)
        relays = sorted(row["pid"] for row in rows if row["place"] == _MARK)
        holders = {row["place"]: row["pid"] for row in rows if row["place"] != _MARK}
        size, left_over = divmod(BUCKETS, len(relays))
        share = size + (relays.index(own_pid) < left_over)

        owned = sorted(place for place, pid in holders.items() if pid == own_pid)
        kept, surplus = owned[:share], owned[share:]
        if surplus:
            await self._session.execute(_GIVE_BACK, _LOCK_CLASS, surplus)
        free = [place for place in range(BUCKETS) if place not in holders][: share - len(kept)]
        if free:
            kept += [row["place"] for row in await self._session.fetch(_TAKE, _LOCK_CLASS, free)]
        return kept
