"""Keeps every version of the calendar, of the agency tree and of the procedures."""

from collections.abc import Sequence

from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.processing_service.application.reference import KEPT
from shared.events.envelope import Envelope
from shared.log.port import REFERENCE_STREAM

_KEEP = text("""
INSERT INTO reference_version (kind, key, version, occurred_at, data)
SELECT kind, key, version, occurred_at, data FROM jsonb_to_recordset(CAST(:rows AS jsonb))
    AS r(kind text, key text, version int, occurred_at timestamptz, data jsonb)
ON CONFLICT DO NOTHING
""")


class ReferenceReaction:
    """Implements `shared.consumer.port.Reaction`."""

    group = "processing"
    stream = REFERENCE_STREAM

    async def apply(self, connection: AsyncConnection, events: Sequence[Envelope]) -> None:
        kept = [event for event in events if event.reference_kind in KEPT]
        rows = [
            {
                "kind": event.reference_kind,
                "key": event.subject.partition("/")[2],
                "version": event.sequence,
                "occurred_at": event.time,
                "data": event.reference_item().model_dump(mode="json"),
            }
            for event in kept
        ]
        if rows:
            await connection.execute(_KEEP, {"rows": to_json(rows).decode()})

    def lacks(self, event: Envelope) -> str | None:
        return None
