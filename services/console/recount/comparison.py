"""The recount beside what the statistics say: cell by cell, and every report row that leaders see."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg

from services.console.recount.count import Cell, Tally, tally
from services.console.recount.histories import histories
from services.console.recount.reference import published, row_of
from services.console.recount.soundness import faults
from shared.clock import local_date
from shared.schemas.reference import AgencyTree

_IN_PROGRESS = ("under_processing", "awaiting_supplement", "awaiting_payment")
_LEVELS = frozenset(
    {
        *_IN_PROGRESS,
        "submitted",
        "unanswered",
        "incomplete",
        "in_time",
        "overdue",
        "undated_open",
        "awaiting_supplement_overdue",
        "awaiting_payment_overdue",
    }
)
_SUMS = {
    "total": {"carried_over": 1, "received": 1, "transferred_in": 1, "transferred_out": -1},
    "postal_uses": {"postal_submissions": 1, "postal_returns": 1},
}
_DIMENSIONS = {"agency": 0, "desk": 1, "field": 2, "procedure": 3, "channel": 4}

Ask = Callable[[Mapping[str, str]], Awaitable[Mapping[str, Any]]]
"""Asks the running system for a report with these parameters."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure on which the two counts disagree."""

    where: str
    figure: str
    recounted: int
    stated: int


@dataclass(slots=True)
class Verdict:
    """What a verification found."""

    start: date
    end: date
    as_of: datetime | None = None
    dossiers: int = 0
    entries: int = 0
    cells: int = 0
    figures: int = 0
    differences: list[Difference] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether everything agrees."""
        return not self.differences and not self.faults

    @property
    def wrong_cells(self) -> int:
        """In how many cells, sums that are published included, some figure differs."""
        return len({difference.where for difference in self.differences})


@dataclass(frozen=True, slots=True)
class Sources:
    """Where to look."""

    intake_dsn: str
    processing_dsn: str
    stats_dsn: str
    ask: Ask


async def verify(sources: Sources, start: date, end: date, as_of: datetime | None = None) -> Verdict:
    """Recount the period, as things stood at `as_of`, and compare.

    The system should be quiet, or what is on its way is a difference.
    """
    verdict = Verdict(start, end, as_of)
    reference = await published(sources.intake_dsn)
    counted: Tally = Counter()
    async for life in histories(sources.intake_dsn, sources.processing_dsn):
        verdict.dossiers += 1
        verdict.entries += len(life)
        broken = list(faults(life, reference.calendars))
        verdict.faults += broken
        if life[0].sequence == 1:
            counted.update(tally(life, start, end, as_of))
    compare_cells(verdict, counted, await stated_cells(sources.stats_dsn, start, end, as_of))
    await compare_reports(verdict, counted, reference.tree, sources.ask)
    return verdict


async def stated_cells(dsn: str, start: date, end: date, as_of: datetime | None = None) -> Tally:
    """Every cell's figures, from the deltas."""
    last = end if as_of is None else min(end, local_date(as_of))
    connection = await asyncpg.connect(dsn)
    try:
        before = await _sums(connection, min(start - timedelta(days=1), last), as_of)
        until = await _sums(connection, last, as_of)
    finally:
        await connection.close()
    stated: Tally = Counter()
    for cell, sums in until.items():
        earlier = before.get(cell, {})
        for word, value in sums.items():
            stated[cell, word] = value if word in _LEVELS else value - earlier.get(word, 0)
        stated[cell, "carried_over"] = sum(earlier.get(word, 0) for word in _IN_PROGRESS)
        stated[cell, "in_progress"] = sum(sums[word] for word in _IN_PROGRESS)
    return stated


async def _sums(
    connection: "asyncpg.Connection[asyncpg.Record]", day: date, as_of: datetime | None
) -> Mapping[Cell, Mapping[str, int]]:
    words = await connection.fetch(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = 'cumulative' AND ordinal_position > 2"
    )
    sums = ", ".join(f'coalesce(sum(d."{row[0]}"), 0)::bigint AS "{row[0]}"' for row in words)
    rows = await connection.fetch(
        f"SELECT s.agency, s.desk, s.field, s.procedure, s.channel, {sums}"  # noqa: S608 - column names
        " FROM delta d JOIN scope s ON s.id = d.cell_id"
        " WHERE d.effective_on <= $1 AND ($2::timestamptz IS NULL OR d.recorded_at <= $2)"
        " GROUP BY 1, 2, 3, 4, 5",
        day,
        as_of,
    )
    return {tuple(row)[:5]: dict(list(row.items())[5:]) for row in rows}


def compare_cells(verdict: Verdict, counted: Tally, stated: Tally) -> None:
    """Cell by cell."""
    verdict.cells = len({cell for cell, _ in counted} | {cell for cell, _ in stated})
    _compare(verdict, "cell", _with_sums(counted), _with_sums(stated))


async def compare_reports(verdict: Verdict, counted: Tally, tree: AgencyTree, ask: Ask) -> None:
    """The published answers: the total, and each row by each dimension."""
    rows = {cell[0]: row_of(cell[0], tree, verdict.end) for cell, _ in counted}
    for by, place in _DIMENSIONS.items():
        report = await ask(_query(verdict, by))
        recounted: Counter[tuple[str, str]] = Counter()
        for (cell, word), n in counted.items():
            value = rows[cell[0]] if by == "agency" else cell[place]
            recounted[f"{by} {value}", word] += n
            recounted["total", word] += n
        stated: Counter[tuple[str, str]] = Counter()
        for where, row in (("total", report), *((f"{by} {row[by]}", row) for row in report["rows"])):
            stated.update({(where, word): n for word, n in row.items() if type(n) is int})
        _compare(verdict, "report", _with_sums(recounted), stated)
        if not report["publishable"]:
            verdict.faults += [f"report by {by}: identity breaks: {p}" for p in report["problems"]]


def _query(verdict: Verdict, by: str) -> Mapping[str, str]:
    query = {"from": verdict.start.isoformat(), "to": verdict.end.isoformat(), "by": by}
    return query if verdict.as_of is None else query | {"as_of": verdict.as_of.isoformat()}


def _compare(
    verdict: Verdict, kind: str, counted: Mapping[tuple[Any, str], int], stated: Mapping[tuple[Any, str], int]
) -> None:
    for place, word in sorted({*counted, *stated}, key=str):
        verdict.figures += 1
        recounted, said = counted.get((place, word), 0), stated.get((place, word), 0)
        if recounted != said:
            where = place if isinstance(place, str) else " / ".join(place)
            verdict.differences.append(Difference(f"{kind} {where}", word, recounted, said))


def _with_sums(plain: Mapping[tuple[Any, str], int]) -> Counter[tuple[Any, str]]:
    """With the words of the report that are sums of others."""
    whole = Counter(dict(plain))
    for (place, word), n in plain.items():
        for total, signs in _SUMS.items():
            whole[place, total] += signs.get(word, 0) * n
    return Counter({key: n for key, n in whole.items() if n})
