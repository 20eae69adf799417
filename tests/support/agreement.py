"""Whether everything that the system says of its dossiers agrees with their histories."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import asyncpg

from services.console.recount.comparison import (
    Verdict,
    compare_cells,
    compare_reports,
    stated_cells,
)
from services.console.recount.count import Tally, tally
from services.console.recount.histories import Entry, histories
from services.console.recount.reference import published
from services.console.recount.soundness import faults
from shared.log.port import DOSSIER_STREAM
from shared.schemas.lifecycle import Role
from tests.support.small_province import TREE
from tests.support.system import System

Histories = Mapping[str, Sequence[Entry]]

_FIXED = {
    "filed": "submitted", "accepted": "accepted", "completion_requested": "incomplete",
    "completed": "submitted", "refused": "not_accepted", "cancelled": "not_accepted",
    "lapsed": "not_accepted", "started": "processing", "supplement_requested": "awaiting_supplement",
    "payment_requested": "awaiting_payment", "withdrawal_requested": "withdrawal_requested",
    "withdrawn": "closed_without_result", "sent_back": "closed_without_result", "resolved": "resolved",
    "handed_over": "handed_over",
}  # fmt: skip
_BACK = {
    "supplement_provided": {"supplement_requested"},
    "supplement_cancelled": {"supplement_requested"},
    "paid": {"payment_requested"},
    "withdrawal_declined": {"withdrawal_requested"},
}
"""What leads back to the status before the last event of a kind."""


@dataclass(frozen=True, slots=True)
class Question:
    """A period as it is seen at a moment: all that is known now where none is named."""

    start: date
    end: date
    as_of: datetime | None = None


async def all_histories(system: System) -> Histories:
    """By code, both services' parts together."""
    databases = system.databases
    return {life[0].code: life async for life in histories(databases.intake, databases.processing)}


async def check_histories(system: System, lives: Histories) -> None:
    """Chains, appointments, the status of every row, and what cases say of their appointments."""
    calendars = (await published(system.databases.intake)).calendars
    for code, life in lives.items():
        assert list(faults(life, calendars)) == []
        check_statuses(life)
    for code, version, status, head in await _rows(system.databases.intake, "dossier"):
        part = [e for e in lives[code] if e.sequence <= version]
        assert (part[-1].sequence, part[-1].data["status_after"], part[-1].hash) == (version, status, head)
    for code, version, status, head in await _rows(system.databases.processing, "case_file"):
        last = lives[code][-1]
        assert (last.sequence, last.data["status_after"], last.hash) == (version, status, head)


def check_statuses(life: Sequence[Entry]) -> None:
    """The status before and after every event follows from the events before it alone."""
    status, before = None, {}
    for entry in life:
        assert entry.data["status_before"] == status, f"{entry.code}/{entry.sequence}"
        before[entry.sequence] = status
        if entry.type == "annulled":
            status = before[entry.data["annuls"]]
        elif entry.type in _BACK:
            status = before[
                max(e.sequence for e in life if e.type in _BACK[entry.type] and e.sequence < entry.sequence)
            ]
        else:
            status = _FIXED.get(entry.type, status)
        assert entry.data["status_after"] == status, f"{entry.code}/{entry.sequence}"


async def check_applied(system: System) -> Mapping[str, int]:
    """Up to which sequence statistics have taken in each dossier: all that the log holds without a gap.

    The rest of what the log holds is held back. Statistics must have read the log to its end.
    """
    told: dict[str, set[int]] = {}
    for stream, record in system.log.records:
        if stream == DOSSIER_STREAM:
            told.setdefault(record.key, set()).add(int(record.headers["sequence"]))
    expected = {
        code: next(n for n in range(1, 1000) if n + 1 not in known) if 1 in known else 0
        for code, known in told.items()
    }
    connection = await asyncpg.connect(system.databases.stats)
    try:
        consumed = await connection.fetch(
            "SELECT subject, last_sequence FROM consumed WHERE subject LIKE '%-%'"
        )
        held = await connection.fetch("SELECT subject, sequence FROM held_event")
        assert await connection.fetchval("SELECT count(*) FROM parked_event") == 0
    finally:
        await connection.close()
    assert dict(consumed) == {code: last for code, last in expected.items() if last}
    assert {tuple(row) for row in held} == {
        (code, n) for code, known in told.items() for n in known if n > expected[code]
    }
    return expected


async def check_figures(
    system: System, lives: Histories, applied: Mapping[str, int], question: Question
) -> None:
    """Cells and reports are a recount of what was applied, and break no identity."""
    verdict = Verdict(question.start, question.end, question.as_of)
    counted: Tally = Counter()
    now = question.as_of or system.clock.now()
    for code, life in lives.items():
        counted.update(tally(life[: applied.get(code, 0)], question.start, question.end, now))
    stated = await stated_cells(system.databases.stats, question.start, question.end, now)
    compare_cells(verdict, counted, stated)
    await compare_reports(verdict, counted, TREE, lambda query: ask_report(system, query))
    assert verdict.sound, "\n".join(map(str, [question, *verdict.differences, *verdict.faults]))


async def ask_report(system: System, query: Mapping[str, str]) -> Mapping[str, Any]:
    """What statistics answer to a reader."""
    reader = system.tokens.headers(Role.STATISTICS_READER)
    answer = await system.call("GET", "/v1/reports", reader, params=query)
    assert answer.status_code == 200, answer.text
    report: Mapping[str, Any] = answer.json()
    return report


async def check_dossiers_behind(system: System, question: Question, counter: str) -> None:
    """What the dossiers behind a figure add is the figure."""
    query = {"from": question.start.isoformat(), "to": question.end.isoformat()}
    if question.as_of is not None:
        query["as_of"] = question.as_of.isoformat()
    figure = (await ask_report(system, query))[counter]
    reader = system.tokens.headers(Role.STATISTICS_READER)
    found, cursor = 0, {}
    while True:
        parameters = {**query, **cursor, "counter": counter, "limit": "2"}
        answer = await system.call("GET", "/v1/statistics/dossiers", reader, params=parameters)
        assert answer.status_code == 200, answer.text
        found += sum(item["n"] for item in answer.json()["items"])
        if answer.json()["next"] is None:
            break
        cursor = {"cursor": answer.json()["next"]}
    assert found == figure, f"{counter} in {question}: {found} behind {figure}"


async def everything_taken_in(system: System) -> Sequence[Any]:
    """Whatever the three services made of events, to be compared with itself."""
    queries = {
        "intake": ["SELECT * FROM public_view ORDER BY code"],
        "processing": [
            "SELECT * FROM case_file ORDER BY code",
            "SELECT code, sequence, hash FROM history ORDER BY 1, 2",
        ],
        "stats": [
            "SELECT * FROM dossier ORDER BY code",
            "SELECT * FROM delta ORDER BY id",
            "SELECT group_name, subject, last_sequence FROM consumed ORDER BY 1, 2",
            "SELECT * FROM held_event",
        ],
    }
    found = []
    for service, wanted in queries.items():
        connection = await asyncpg.connect(getattr(system.databases, service))
        try:
            found += [[tuple(row) for row in await connection.fetch(query)] for query in wanted]
        finally:
            await connection.close()
    return found


async def _rows(dsn: str, table: str) -> Sequence[Any]:
    connection = await asyncpg.connect(dsn)
    try:
        return [
            tuple(row)
            for row in await connection.fetch(f"SELECT code, version, status, head_hash FROM {table}")
        ]  # noqa: S608 - our own tables
    finally:
        await connection.close()
