"""I2, I3: the same events in the histories, on the log and in every group, without gap and in order."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from faults.findings import Finding, Harm
from faults.invariants.facts import WRITERS, Facts
from faults.invariants.log_records import LogRecord
from services.console.recount.histories import Entry
from services.intake_service.domain.lifecycle import LIFECYCLE as INTAKE
from services.processing_service.domain.lifecycle import LIFECYCLE as PROCESSING
from shared.lifecycle import Next
from shared.schemas.lifecycle import Action, DossierStatus

_LIFECYCLES = {"intake": INTAKE, "processing": PROCESSING}


def same_events_everywhere(facts: Facts) -> Iterator[Finding]:
    """I2: history = distinct events on the log = what each consumer group has taken in; nothing is left."""
    written = {
        (code, entry.sequence): entry.hash.hex()
        for writer in WRITERS
        for code, entries in facts.histories[writer].items()
        for entry in entries
    }
    sent: dict[tuple[str, int], set[str]] = {}
    for record in facts.records:
        if event := record.event:
            sent.setdefault((record.key, event["sequence"]), set()).add(event["chain"])
    for key in written.keys() - sent.keys():
        yield Finding("I2", Harm.LOST, f"{_named(key)} never came to the log")
    for key in sent.keys() - written.keys():
        yield Finding("I2", Harm.DOUBLED, f"{_named(key)} is on the log and in no history")
    for key, chains in sent.items():
        if key in written and chains != {written[key]}:
            yield Finding("I2", Harm.OTHER, f"{_named(key)} is not on the log as it is in the history")
    last = {code: facts.life(code)[-1].sequence for code in facts.codes()}
    for group, taken in facts.consumed.items():
        yield from _taken_in(group, last, taken)
    for writer, subject, unsent in facts.pending:
        yield Finding("I2", Harm.LOST, f"{writer} has not sent {subject}/{unsent}")
    for service, how, subject, kept in facts.waiting:
        yield Finding("I2", Harm.LOST, f"{service} keeps {subject}/{kept} {how}")


def _named(key: tuple[str, int]) -> str:
    code, sequence = key
    return f"{code}/{sequence}"


def _taken_in(group: str, last: Mapping[str, int], taken: Mapping[str, int]) -> Iterator[Finding]:
    for code in last.keys() | taken.keys():
        there, here = last.get(code, 0), taken.get(code, 0)
        if here != there:
            harm = Harm.LOST if here < there else Harm.DOUBLED
            yield Finding("I2", harm, f"{group} has taken in {here} of {there} events of {code}")


def in_order(facts: Facts) -> Iterator[Finding]:
    """I3: 1 to n in the history and, but for repetitions, on the log; rows are where histories end."""
    for code in facts.codes():
        life = facts.life(code)
        if [entry.sequence for entry in life] != list(range(1, len(life) + 1)):
            yield Finding("I3", Harm.LOST, f"{code} has the entries {[entry.sequence for entry in life]}")
            continue
        yield from _along_the_table(code, facts)
        for writer in WRITERS:
            yield from _row_at_the_end(writer, code, facts)
    yield from _first_arrivals(facts.records)


def _first_arrivals(records: Sequence[LogRecord]) -> Iterator[Finding]:
    """Of each writer: both send at once where all is sent again. What was broken on its way comes later."""
    reached: dict[tuple[str, str], int] = {}
    broken = {record.key for record in records if record.event is None}
    for record in records:
        event = record.event
        if event is None or record.key in broken:
            continue
        key, sequence = (record.key, event["source"]), event["sequence"]
        before = reached.get(key, sequence - 1)
        if sequence > before + 1:
            yield Finding("I3", Harm.OTHER, f"on the log {record.key}/{sequence} comes right after {before}")
        reached[key] = max(before, sequence)


def _along_the_table(code: str, facts: Facts) -> Iterator[Finding]:
    """Every entry is a transition of its writer's lifecycle, and begins where the one before ended."""
    life = facts.life(code)
    for writer in WRITERS:
        for entry in facts.histories[writer].get(code, ()):
            if not _is_transition(writer, entry):
                moved = f"{entry.data['status_before']} to {entry.data['status_after']}"
                yield Finding("I3", Harm.OTHER, f"{code}/{entry.sequence}: no {entry.type} leads {moved}")
    for before, after in pairwise(life):
        if after.data["status_before"] != before.data["status_after"]:
            yield Finding(
                "I3", Harm.OTHER, f"{code}/{after.sequence} does not begin where the one before ended"
            )


def _is_transition(writer: str, entry: Entry) -> bool:
    before, after = entry.data["status_before"], DossierStatus(entry.data["status_after"])
    if entry.type == "filed":
        return before is None and after is DossierStatus.SUBMITTED
    found = _LIFECYCLES[writer].find(DossierStatus(before), Action(entry.data["action"]))
    if found is None or found.event != entry.type:
        return False
    match found.target:
        case Next.SAME:
            return bool(after == before)
        case Next.PREVIOUS:
            return True
        case status:
            return after is status


def _row_at_the_end(writer: str, code: str, facts: Facts) -> Iterator[Finding]:
    row = facts.current[writer].get(code)
    entries = facts.histories[writer].get(code)
    if not entries:
        return
    last = max(entries, key=lambda entry: entry.sequence)
    expected = (last.sequence, last.data["status_after"], last.hash)
    if row is None or (row.version, row.status, row.head_hash) != expected:
        yield Finding("I3", Harm.LOST, f"{writer}'s row of {code} is not where its history ends: {row}")
