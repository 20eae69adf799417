"""Whether everything that the system says of its dossiers agrees with their histories."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

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
from shared.clock import local_date
from shared.log.port import DOSSIER_STREAM
from shared.schemas.lifecycle import Role
from tests.support.entries import statuses
from tests.support.small_province import TREE
from tests.support.system import System

Histories = Mapping[str, Sequence[Entry]]
_ROWS = {
    "intake": "SELECT code, version, status, head_hash FROM dossier",
    "processing": "SELECT code, version, status, head_hash FROM case_file",
}
_MADE_OF_EVENTS = (
    ("intake", "SELECT * FROM public_view ORDER BY code"),
    ("processing", "SELECT * FROM case_file ORDER BY code"),
    ("processing", "SELECT code, sequence, hash FROM history ORDER BY 1, 2"),
    ("stats", "SELECT * FROM dossier ORDER BY code"),
    ("stats", "SELECT * FROM delta ORDER BY id"),
    ("stats", "SELECT group_name, subject, last_sequence FROM consumed ORDER BY 1, 2"),
    ("stats", "SELECT * FROM held_event"),
)


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
    """Chains, appointments and statuses, and that every row is where its history ends."""
    calendars = (await published(system.databases.intake)).calendars
    for life in lives.values():
        assert list(faults(life, calendars)) == []
        told = [(entry.data["status_before"], entry.data["status_after"]) for entry in life]
        assert told == statuses((entry.type, entry.data.get("annuls")) for entry in life)
    for service, query in _ROWS.items():
        for code, version, status, head in await system.tables[service].fetch(query):
            last = lives[code][version - 1] if service == "intake" else lives[code][-1]
            assert (version, status, head) == (last.sequence, last.data["status_after"], last.hash)


async def check_public_view(system: System, lives: Histories) -> None:
    """What the public may look up is how each history ends. Intake must have taken everything in."""
    rows = await system.tables["intake"].fetch("SELECT * FROM public_view")
    assert {row["code"]: tuple(row)[1:] for row in rows} == {
        code: (
            len(life),
            life[-1].data["status_after"],
            life[-1].occurred_at,
            _last_said(life, "appointment"),
            _last_said(life, "promised_on"),
        )
        for code, life in lives.items()
    }


def _last_said(life: Sequence[Entry], word: str) -> date | None:
    said = [entry.data[word] for entry in life if entry.data.get(word)]
    return date.fromisoformat(said[-1]) if said else None


async def check_applied(system: System) -> Mapping[str, int]:
    """Up to which sequence statistics have taken in each dossier: all that the log holds without a gap.

    The rest of what the log holds is held back. Statistics must have read the log to its end.
    """
    told: dict[str, set[int]] = {}
    for stream, record in system.log.records:
        if stream == DOSSIER_STREAM and "-" in record.key:  # codes, not watermarks
            told.setdefault(record.key, set()).add(int(record.headers["sequence"]))
    expected = {code: next(n for n in count() if n + 1 not in known) for code, known in told.items()}
    stats = system.tables["stats"]
    consumed = await stats.fetch("SELECT subject, last_sequence FROM consumed WHERE subject LIKE '%-%'")
    held = await stats.fetch("SELECT subject, sequence FROM held_event WHERE subject LIKE '%-%'")
    assert await stats.fetchval("SELECT count(*) FROM parked_event") == 0
    assert {row["subject"]: row["last_sequence"] for row in consumed} == {
        code: last for code, last in expected.items() if last
    }
    assert {tuple(row) for row in held} == {
        (code, n) for code, known in told.items() for n in known if n > expected[code]
    }
    return expected


async def check_figures(
    system: System, lives: Histories, applied: Mapping[str, int], question: Question
) -> None:
    """Cells and reports are a recount of what was applied, and break no identity."""
    verdict, counted = await _recounted(system, lives, applied, question)
    await compare_reports(verdict, counted, TREE, lambda query: ask_report(system, query))
    assert verdict.sound, "\n".join(map(str, [question, *verdict.differences, *verdict.faults]))
    await _check_known(system, lives, applied)


async def check_turning_days(system: System, lives: Histories, applied: Mapping[str, int]) -> None:
    """The cells of every single day on which anything can have turned are a recount."""
    for day in turning_days(lives, local_date(system.clock.now())):
        verdict, _ = await _recounted(system, lives, applied, Question(day, day))
        assert verdict.sound, "\n".join(map(str, [day, *verdict.differences]))


def turning_days(lives: Histories, today: date) -> Sequence[date]:
    """Up to `today`: when something happened or what was promised ran out, and the days after these."""
    days = {today}
    for entry in (entry for life in lives.values() for entry in life):
        days.add(entry.day)
        if said := entry.data.get("appointment"):
            days.add(date.fromisoformat(said))
        if said := entry.data.get("answer_due_at"):
            days.add(local_date(datetime.fromisoformat(said)))
    return sorted(day for day in days | {day + timedelta(days=1) for day in days} if day <= today)


async def _recounted(
    system: System, lives: Histories, applied: Mapping[str, int], question: Question
) -> tuple[Verdict, Tally]:
    verdict = Verdict(question.start, question.end, question.as_of)
    counted: Tally = Counter()
    now = question.as_of or system.clock.now()
    for code, life in lives.items():
        counted.update(tally(life[: applied.get(code, 0)], question.start, question.end, now))
    stated = await stated_cells(system.databases.stats, question.start, question.end, now)
    compare_cells(verdict, counted, stated)
    return verdict, counted


async def _check_known(system: System, lives: Histories, applied: Mapping[str, int]) -> None:
    """What statistics say is complete, is."""
    completeness = await system.workers.arrivals.completeness()
    if completeness.waiting:
        return  # nothing is said
    for code, life in lives.items():
        source = "/intake"
        for entry in life:
            known = completeness.known_up_to.get(source)
            assert known is None or entry.occurred_at >= known or entry.sequence <= applied.get(code, 0)
            source = "/processing" if entry.type == "accepted" else source


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
    found = 0
    cursor: dict[str, str] = {}
    while True:
        parameters = {**query, **cursor, "counter": counter, "limit": "2"}
        answer = await system.call("GET", "/v1/statistics/dossiers", reader, params=parameters)
        assert answer.status_code == 200, answer.text
        found += sum(item["n"] for item in answer.json()["items"])
        if answer.json()["next"] is None:
            break
        cursor = {"cursor": answer.json()["next"]}
    assert found == figure, f"{counter} in {question}: {found} behind {figure}"


async def check_closed_period(system: System, path: str, digest: str) -> None:
    """What was frozen stays to the letter; with all that is listed as corrections it is what holds now."""
    reader = system.tokens.headers(Role.STATISTICS_READER)
    document = (await system.call("GET", f"{path}/document", reader)).content
    assert sha256(document).hexdigest() == digest
    closed = (await system.call("GET", path, reader)).json()
    now = await ask_report(system, {"from": closed["from"], "to": closed["to"]})
    corrected = Counter(closed["figures"])
    corrected.update(closed["corrected_by"])
    assert corrected == {word: now[word] for word in corrected}
    listed: Counter[str] = Counter()
    answer = await system.call("GET", f"{path}/corrections", reader, params={"limit": "200"})
    for correction in answer.json()["items"]:
        listed.update(correction["figures"])
    assert {word: n for word, n in listed.items() if n} == {
        word: n for word, n in closed["corrected_by"].items() if n
    }


async def everything_taken_in(system: System) -> Sequence[Any]:
    """Whatever the three services made of events, to be compared with itself."""
    return [
        [tuple(row) for row in await system.tables[service].fetch(query)]
        for service, query in _MADE_OF_EVENTS
    ]
