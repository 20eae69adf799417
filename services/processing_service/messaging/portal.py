"""Keeps what the national portal is to show of each dossier, and what has happened since it was last told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.processing_service.domain.portal_document import Step
from services.processing_service.domain.portal_record import PortalRecord, begun, told
from shared.clock import local_date
from shared.events.dossier import Accepted, Filed
from shared.events.envelope import Envelope, UnreadableEventError
from shared.log.port import DOSSIER_STREAM

_KNOWN = text(
    "SELECT code, record, sealed, sequence FROM portal_record WHERE code = ANY(CAST(:codes AS text[]))"
)
# What waits out a failure goes on waiting; what was put aside may be mended by what happened.
_KEEP = text("""
INSERT INTO portal_record AS kept (code, filed_on, sequence, record, sealed, behind_since, due_at)
SELECT code, filed_on, sequence, record, sealed, now(), now() FROM jsonb_to_recordset(CAST(:rows AS jsonb))
    AS given (code text, filed_on date, sequence int, record jsonb, sealed text)
ON CONFLICT (code) DO UPDATE SET
    sequence = excluded.sequence,
    record = excluded.record,
    sealed = excluded.sealed,
    behind_since = coalesce(kept.behind_since, now()),
    due_at = CASE WHEN kept.problem IS NULL THEN coalesce(kept.due_at, now()) ELSE now() END,
    problem = NULL
""")
_STEPS = text("""
INSERT INTO portal_step (code, sequence, step)
SELECT code, sequence, step FROM jsonb_to_recordset(CAST(:rows AS jsonb))
    AS given (code text, sequence int, step jsonb)
""")


class PortalReaction:
    """Implements `shared.consumer.port.Reaction`. A group of its own: it begins with the first event ever."""

    group = "portal"
    stream = DOSSIER_STREAM

    async def apply(self, connection: AsyncConnection, events: Sequence[Envelope]) -> None:
        happened = [event for event in events if event.dossier_event_type]
        if not happened:
            return
        kept = await _kept(connection, {event.subject for event in happened})
        steps = []
        for event in happened:
            after = kept[event.subject] = _after(kept.get(event.subject), event)
            steps.append({"code": event.subject, "sequence": event.sequence, "step": after.step(event)})
        rows = [each.row for each in kept.values()]
        await connection.execute(_KEEP, {"rows": to_json(rows).decode()})
        await connection.execute(_STEPS, {"rows": to_json(steps).decode()})

    def lacks(self, event: Envelope) -> str | None:
        return None


@dataclass(frozen=True, slots=True)
class _Kept:
    record: PortalRecord
    sealed: str
    sequence: int

    @property
    def row(self) -> Mapping[str, Any]:
        return {
            "code": self.record.code,
            "filed_on": local_date(self.record.filed_at),
            "sequence": self.sequence,
            "record": self.record.model_dump(mode="json", exclude_defaults=True),
            "sealed": self.sealed,
        }

    def step(self, event: Envelope) -> Mapping[str, Any]:
        """The event that led here."""
        payload = event.dossier_event()
        return Step(
            sequence=event.sequence,
            type=payload.type,
            at=event.time,
            role=payload.role,
            status=payload.status_after,
            withdrawn=self.record.withdrawn,
            reason_code=payload.reason_code,
            agency=self.record.facts.agency,
            appointment=self.record.appointment,
        ).model_dump(mode="json")


async def _kept(connection: AsyncConnection, codes: set[str]) -> dict[str, _Kept]:
    found = await connection.execute(_KNOWN, {"codes": list(codes)})
    return {
        row.code: _Kept(PortalRecord.model_validate(row.record), row.sealed, row.sequence) for row in found
    }


def _after(kept: _Kept | None, event: Envelope) -> _Kept:
    payload = event.dossier_event()
    if kept is not None:
        sealed = payload.sealed if isinstance(payload, Accepted) else kept.sealed
        return _Kept(told(kept.record, payload, event.time), sealed, event.sequence)
    if not isinstance(payload, Filed):
        raise UnreadableEventError(f"{event.type} of a dossier that was never filed")
    return _Kept(begun(event.subject, payload, event.time), payload.sealed, event.sequence)
