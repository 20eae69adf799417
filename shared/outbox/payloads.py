"""What a pending mark stands for: the event, read back from where its writer keeps it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import asyncpg
from pydantic_core import from_json

from shared.events.envelope import SEQUENCE_HEADER, Envelope, dossier_event_name, reference_event_name
from shared.events.reference import ReferenceKind
from shared.history import filed_on
from shared.log.port import Record
from shared.schemas.lifecycle import EventType

Mark = tuple[str, int]
"""Subject and sequence."""

_HISTORY = """
SELECT code, sequence, type, occurred_at, hash, traceparent, data::text AS data, sealed
FROM unnest($1::date[], $2::text[], $3::int[]) AS mark (filed_on, code, sequence)
JOIN history USING (filed_on, code, sequence)
"""
_REFERENCE = """
SELECT kind, key, version, occurred_at, data::text AS data
FROM unnest($1::text[], $2::text[], $3::int[]) AS mark (kind, key, version)
JOIN reference_version USING (kind, key, version)
"""


class Payloads(Protocol):
    """Loads the events of one stream."""

    async def load(
        self, session: "asyncpg.Connection[asyncpg.Record]", marks: Sequence[Mark]
    ) -> Mapping[Mark, Envelope]:
        """The events behind `marks`; what is not there is missing from the answer."""


class HistoryPayloads:
    """Dossier events, from the service's history."""

    def __init__(self, source: str) -> None:
        self._source = source

    async def load(
        self, session: "asyncpg.Connection[asyncpg.Record]", marks: Sequence[Mark]
    ) -> Mapping[Mark, Envelope]:
        rows = await session.fetch(
            _HISTORY,
            [filed_on(code) for code, _ in marks],
            [code for code, _ in marks],
            [sequence for _, sequence in marks],
        )
        return {(row["code"], row["sequence"]): self._envelope(row) for row in rows}

    def _envelope(self, row: asyncpg.Record) -> Envelope:
        data = from_json(row["data"])
        if row["sealed"] is not None:
            data["sealed"] = row["sealed"]
        return Envelope(
            id=f"{row['code']}/{row['sequence']}",
            source=self._source,
            type=dossier_event_name(EventType(row["type"])),
            subject=row["code"],
            time=row["occurred_at"],
            sequence=row["sequence"],
            traceparent=row["traceparent"],
            chain=row["hash"].hex(),
            data=data,
        )


class ReferencePayloads:
    """Versions of reference data, from the table `reference_version`. Subject is `<kind>/<key>`."""

    def __init__(self, source: str) -> None:
        self._source = source

    async def load(
        self, session: "asyncpg.Connection[asyncpg.Record]", marks: Sequence[Mark]
    ) -> Mapping[Mark, Envelope]:
        series = [subject.partition("/") for subject, _ in marks]
        rows = await session.fetch(
            _REFERENCE,
            [kind for kind, _, _ in series],
            [key for _, _, key in series],
            [version for _, version in marks],
        )
        events = map(self._envelope, rows)
        return {(event.subject, event.sequence): event for event in events}

    def _envelope(self, row: asyncpg.Record) -> Envelope:
        subject = f"{row['kind']}/{row['key']}"
        return Envelope(
            id=f"{subject}/{row['version']}",
            source=self._source,
            type=reference_event_name(ReferenceKind(row["kind"])),
            subject=subject,
            time=row["occurred_at"],
            sequence=row["version"],
            data=from_json(row["data"]),
        )


def found(event: Envelope | None) -> Envelope:
    """What `load` answered of a mark. Raises `ValueError` where there was nothing."""
    if event is None:
        raise ValueError("the event is not where its writer keeps it")
    return event


def record_of(event: Envelope) -> Record:
    """The event as it lies in the log. Raises `ValueError` for one that is too large.

    The sequence is a header too, for a value that a consumer cannot read.
    """
    headers = {"content-type": "application/cloudevents+json", SEQUENCE_HEADER: str(event.sequence)}
    if event.traceparent:
        headers["traceparent"] = event.traceparent
    return Record(event.subject, event.encode(), headers)
