"""The recount beside what the statistics say: cell by cell, and every report row that leaders see."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import aiohttp
import asyncpg

from services.console.recount.count import Cell, Tally, tally
from services.console.recount.histories import histories
from services.console.recount.soundness import Calendars, faults
from shared.legal_clock.calendar import CalendarDefinition, WorkingCalendar

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
_DIMENSIONS = {"agency": 0, "field": 2, "procedure": 3, "channel": 4}


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


@dataclass(frozen=True, slots=True)
class Sources:
    """Where to look."""

    intake_dsn: str
    processing_dsn: str
    stats_dsn: str
    address: str
    """Of the running system, for the reports."""
    token: str
    """Of somebody who may read them."""


async def verify(sources: Sources, start: date, end: date) -> Verdict:
    """Recount the period and compare. The system should be quiet, or what is on its way is a difference."""
    verdict = Verdict(start, end)
    calendars = await _calendars(sources.intake_dsn)
    counted: Tally = Counter()
    async for life in histories(sources.intake_dsn, sources.processing_dsn):
        verdict.dossiers += 1
        verdict.entries += len(life)
        broken = list(faults(life, calendars))
        verdict.faults += broken
        if life[0].sequence == 1:
            counted.update(tally(life, start, end))
    stated = await _stated_cells(sources.stats_dsn, start, end)
    verdict.cells = len({cell for cell, _ in counted} | {cell for cell, _ in stated})
    _compare(verdict, "cell", _with_sums(counted), _with_sums(stated))
    await _compare_reports(verdict, counted, sources)
    return verdict


async def _calendars(dsn: str) -> Calendars:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT data::text FROM reference_version WHERE kind = 'calendar'")
    finally:
        await connection.close()
    found = [WorkingCalendar(CalendarDefinition.model_validate_json(row[0])) for row in rows]
    return {calendar.version: calendar for calendar in found}


async def _stated_cells(dsn: str, start: date, end: date) -> Tally:
    """Every cell's figures, from the deltas."""
    connection = await asyncpg.connect(dsn)
    try:
        before = await _sums(connection, start - timedelta(days=1))
        until = await _sums(connection, end)
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
    connection: "asyncpg.Connection[asyncpg.Record]", day: date
) -> Mapping[Cell, Mapping[str, int]]:
    words = await connection.fetch(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = 'cumulative' AND ordinal_position > 2"
    )
    sums = ", ".join(f'coalesce(sum(d."{row[0]}"), 0)::bigint AS "{row[0]}"' for row in words)
    rows = await connection.fetch(
        f"SELECT s.agency, s.desk, s.field, s.procedure, s.channel, {sums}"  # noqa: S608 - column names
        " FROM delta d JOIN scope s ON s.id = d.cell_id WHERE d.effective_on <= $1 GROUP BY 1, 2, 3, 4, 5",
        day,
    )
    return {tuple(row)[:5]: dict(list(row.items())[5:]) for row in rows}


async def _compare_reports(verdict: Verdict, counted: Tally, sources: Sources) -> None:
    """The published answers: the total, and each row by each dimension."""
    headers = {"Authorization": f"Bearer {sources.token}"}
    async with aiohttp.ClientSession(sources.address, headers=headers) as session:
        for by, place in _DIMENSIONS.items():
            report = await _report(session, verdict, by)
            recounted: Counter[tuple[str, str]] = Counter()
            for (cell, word), n in counted.items():
                recounted[f"{by} {cell[place]}", word] += n
                recounted["total", word] += n
            rows = {f"{by} {row[by]}": row for row in report["rows"]} | {"total": report}
            stated: Counter[tuple[str, str]] = Counter()
            for where, row in rows.items():
                if _is_leaf(by, where, recounted):
                    stated.update({(where, w): row[w] for w in row if isinstance(row[w], int)})
            _compare(verdict, "report", _with_sums(recounted), stated)
            if not report["publishable"]:
                verdict.faults += [f"report by {by}: identity breaks: {p}" for p in report["problems"]]


def _is_leaf(by: str, where: str, recounted: Mapping[tuple[str, str], int]) -> bool:
    """Rows of a higher agency are sums of others, which the total checks."""
    return by != "agency" or where == "total" or any(place == where for place, _ in recounted)


async def _report(session: aiohttp.ClientSession, verdict: Verdict, by: str) -> dict[str, Any]:
    query = {"from": verdict.start.isoformat(), "to": verdict.end.isoformat(), "by": by}
    async with session.get("/v1/reports", params=query) as answer:
        answer.raise_for_status()
        report: dict[str, Any] = await answer.json()
        return report


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
