"""I1, I4, I9: every acknowledged command has its one entry, every refused one none; nothing else is there."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from faults.findings import Finding, Harm
from faults.invariants.facts import WRITERS, Facts
from faults.journal import Call, Journal, Outcome
from services.console.recount.histories import Entry

_SYSTEM = "system"


def acknowledged_once(journal: Journal, facts: Facts) -> Iterator[Finding]:
    """I1: by the journal, by the keys and by the documents that only one filing names."""
    filed = _filed_by_document(facts)
    for call in journal.calls.values():
        if call.act == "upload":
            continue
        if call.outcome is Outcome.UNKNOWN:
            yield Finding("I1", Harm.OTHER, f"{call.key} has no clear outcome after {call.attempts} attempts")
            continue
        yield from _by_key(call, facts)
        if call.document is not None:
            yield from _by_document(call, filed.get(call.document, []))


def _by_key(call: Call, facts: Facts) -> Iterator[Finding]:
    claimed = facts.keys.get(call.key, ())
    if call.outcome is Outcome.FAIL:
        if claimed:
            yield Finding("I1", Harm.DOUBLED, f"{call.key} was refused ({call.status}) and did {claimed}")
        return
    if not claimed:
        yield Finding("I1", Harm.LOST, f"{call.key} was acknowledged as {call.code}/{call.version}")
    elif list(claimed) != [(call.code, call.version)]:
        yield Finding("I1", Harm.DOUBLED, f"{call.key}: {call.code}/{call.version} is claimed as {claimed}")
    if all(entry.sequence != call.version for entry in facts.life(call.code)):
        yield Finding("I1", Harm.LOST, f"{call.key}: the history has no {call.code}/{call.version}")


def _by_document(call: Call, filed: Sequence[Entry]) -> Iterator[Finding]:
    codes = [entry.code for entry in filed]
    expected = [call.code] if call.outcome is Outcome.OK else []
    if codes != expected:
        harm = Harm.LOST if len(codes) < len(expected) else Harm.DOUBLED
        yield Finding("I1", harm, f"{call.key} should have filed {expected} and filed {codes}")


def _filed_by_document(facts: Facts) -> dict[str, list[Entry]]:
    filed: dict[str, list[Entry]] = defaultdict(list)
    for entries in facts.histories["intake"].values():
        for entry in entries:
            if entry.type == "filed":
                for digest in {copy["digest"] for copy in entry.data["components"]}:
                    filed[digest].append(entry)
    return filed


def documents_kept(journal: Journal, folder: Path) -> Iterator[Finding]:
    """I1 for documents: what was acknowledged lies there, whole."""
    for call in journal.of(Outcome.OK):
        if call.act != "upload" or call.document is None:
            continue
        path = folder / call.document[:2] / call.document
        if not path.exists():
            yield Finding("I1", Harm.LOST, f"document {call.document} of {call.key}")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != call.document:
            yield Finding("I1", Harm.LOST, f"document {call.document} of {call.key} is not whole")


def codes_unique(journal: Journal, facts: Facts) -> Iterator[Finding]:
    """I4: one dossier, one code, never again."""
    told = Counter(call.code for call in journal.of(Outcome.OK) if call.act == "file")
    for code, n in told.items():
        if n > 1:
            yield Finding("I4", Harm.DOUBLED, f"{code} was given to {n} filings")
    for code, entries in facts.histories["intake"].items():
        if (n := sum(entry.type == "filed" for entry in entries)) != 1:
            yield Finding("I4", Harm.DOUBLED if n else Harm.LOST, f"{code} was filed {n} times")


def entries_asked_for(journal: Journal, facts: Facts) -> Iterator[Finding]:
    """I9: as many entries as commands were acknowledged, but for those that the system wrote itself."""
    asked: Counter[tuple[str, int]] = Counter()
    for call in journal.of(Outcome.OK):
        if call.act == "file" and call.version == 2:
            asked[call.code, 1] += 1  # the counter files and decides in one call
        if call.act != "upload":
            asked[call.code, call.version] += 1
    for (code, sequence), n in asked.items():
        if n > 1:
            yield Finding("I9", Harm.LOST, f"{n} calls were told that they wrote {code}/{sequence}")
    for writer in WRITERS:
        for entries in facts.histories[writer].values():
            for entry in entries:
                if entry.actor != _SYSTEM and not asked[entry.code, entry.sequence]:
                    yield Finding("I9", Harm.DOUBLED, f"nobody asked for {entry.code}/{entry.sequence}")
