"""Keeps closed periods, and finds what was written for their days since."""

# ruff: noqa: S608 - statements are made of declared names; every value is a parameter

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.stats_service.adapters.ledger import SqlLedger
from services.stats_service.adapters.rolling_lock import last_complete_delta
from services.stats_service.application.ports import ClosedPeriod, Correction, Frozen, Selection
from services.stats_service.domain.cell import Dimension
from services.stats_service.domain.counters import COUNTER_NAMES
from services.stats_service.domain.figures import Figures, Sums, figures_of
from services.stats_service.domain.period import Period, View
from shared.errors import NotFoundError

_HEAD = "first_day, last_day, closed_at, closed_by, up_to, digest, total::text AS total"
_KEEP = text("""
INSERT INTO closed_period (first_day, last_day, closed_at, closed_by, up_to, digest, total, document)
VALUES (:first, :last, :closed_at, :closed_by, :up_to, :digest, CAST(:total AS jsonb), :document)
ON CONFLICT DO NOTHING
""")
_FIND = text(f"SELECT {_HEAD} FROM closed_period WHERE first_day = :first AND last_day = :last")
_ENDING_ON = text(f"SELECT {_HEAD} FROM closed_period WHERE last_day = :day ORDER BY first_day LIMIT 1")
_DOCUMENT = text("SELECT document FROM closed_period WHERE first_day = :first AND last_day = :last")
_LIST = text(f"""
SELECT {_HEAD} FROM closed_period
WHERE (last_day, first_day) < (CAST(:last AS date), CAST(:first AS date))
ORDER BY last_day DESC, first_day DESC LIMIT :limit
""")
_SUMS = ", ".join(f"coalesce(sum({name}), 0)::int AS {name}" for name in COUNTER_NAMES)
_LATER = """
WITH ends (which, day) AS (VALUES ('before', CAST(:before AS date)), ('end', CAST(:end AS date)))
"""
_CORRECTIONS = text(f"""
{_LATER}, codes AS (
    SELECT DISTINCT code FROM delta
    WHERE id > :up_to AND effective_on <= :end AND code > :after ORDER BY code LIMIT :limit
)
SELECT code, which, {_SUMS}
FROM codes JOIN delta USING (code) JOIN ends ON effective_on <= day
WHERE id > :up_to
GROUP BY code, which ORDER BY code
""")
_CORRECTED_BY = text(f"""
{_LATER}
SELECT '', which, {_SUMS} FROM delta JOIN ends ON effective_on <= day WHERE id > :up_to GROUP BY which
""")


class SqlClosedPeriods:
    """See `services.stats_service.application.ports.ClosedPeriods`."""

    def __init__(self, engine: AsyncEngine, ledger: SqlLedger) -> None:
        self._engine = engine
        self._ledger = ledger

    async def freeze(self, view: View) -> Frozen:
        async with self._engine.begin() as guard:
            # As long as the guard is held, no delta with a higher number can be written.
            up_to = await last_complete_delta(guard)
            (cells,) = await self._ledger.read(view, Selection(), [frozenset(Dimension)])
        return Frozen(up_to, cells)

    async def keep(self, closed: ClosedPeriod, document: bytes) -> bool:
        values = {
            **_days(closed.period),
            "closed_at": closed.closed_at,
            "closed_by": closed.closed_by,
            "up_to": closed.up_to,
            "digest": closed.digest,
            "total": json.dumps(closed.total),
            "document": document.decode(),
        }
        async with self._engine.begin() as connection:
            return (await connection.execute(_KEEP, values)).rowcount == 1

    async def find(self, period: Period) -> ClosedPeriod | None:
        async with self._engine.connect() as connection:
            row = (await connection.execute(_FIND, _days(period))).one_or_none()
        return None if row is None else _closed(row)

    async def ending_on(self, day: date) -> ClosedPeriod | None:
        async with self._engine.connect() as connection:
            row = (await connection.execute(_ENDING_ON, {"day": day})).one_or_none()
        return None if row is None else _closed(row)

    async def document(self, period: Period) -> bytes:
        async with self._engine.connect() as connection:
            document = (await connection.scalars(_DOCUMENT, _days(period))).one_or_none()
        if document is None:
            raise NotFoundError("this period is not closed")
        return str(document).encode()

    async def list(self, *, before: tuple[date, date] | None, limit: int) -> Sequence[ClosedPeriod]:
        last, first = before or (date.max, date.max)
        async with self._engine.connect() as connection:
            rows = await connection.execute(_LIST, {"last": last, "first": first, "limit": limit})
            return [_closed(row) for row in rows]

    async def corrections(
        self, closed: ClosedPeriod, *, after: str | None, limit: int
    ) -> Sequence[Correction]:
        changed: dict[str, dict[str, Sums]] = {}
        async with self._engine.connect() as connection:
            for row in await connection.execute(
                _CORRECTIONS, {**_later(closed), "after": after or "", "limit": limit}
            ):
                changed.setdefault(row[0], {})[row[1]] = _sums(row)
        return [Correction(code, _changed(ends)) for code, ends in changed.items()]

    async def corrected_by(self, closed: ClosedPeriod) -> Figures:
        async with self._engine.connect() as connection:
            rows = await connection.execute(_CORRECTED_BY, _later(closed))
            return _changed({row[1]: _sums(row) for row in rows})


def _days(period: Period) -> dict[str, Any]:
    return {"first": period.first, "last": period.last}


def _later(closed: ClosedPeriod) -> dict[str, Any]:
    return {"up_to": closed.up_to, "before": closed.period.day_before, "end": closed.period.last}


def _sums(row: Row[Any]) -> Sums:
    return dict(zip(COUNTER_NAMES, row[2:], strict=True))


def _changed(ends: Mapping[str, Sums]) -> Figures:
    figures = figures_of(ends.get("before", {}), ends.get("end", {}))
    return {name: n for name, n in figures.items() if n}


def _closed(row: Row[Any]) -> ClosedPeriod:
    return ClosedPeriod(
        Period(row.first_day, row.last_day),
        row.closed_at,
        row.closed_by,
        row.up_to,
        row.digest,
        json.loads(row.total),
    )
