"""Keeps what the public may look up, from the events of intake and processing alike."""

from collections.abc import Sequence

from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.events.envelope import Envelope
from shared.log.port import DOSSIER_STREAM

# A null appointment means that the event said nothing of it; `promised_on` likewise.
_UPSERT = text("""
INSERT INTO public_view (code, version, status, changed_at, appointment, promised_on)
SELECT DISTINCT ON (code) code, version, status, changed_at,
    first_value(appointment) OVER said_appointment, first_value(promised_on) OVER said_promise
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
    code text, version int, status text, changed_at timestamptz, appointment date, promised_on date)
WINDOW said_appointment AS (PARTITION BY code ORDER BY appointment IS NULL, version DESC),
       said_promise AS (PARTITION BY code ORDER BY promised_on IS NULL, version DESC)
ORDER BY code, version DESC
ON CONFLICT (code) DO UPDATE SET
    version = excluded.version, status = excluded.status, changed_at = excluded.changed_at,
    appointment = coalesce(excluded.appointment, public_view.appointment),
    promised_on = coalesce(excluded.promised_on, public_view.promised_on)
WHERE public_view.version < excluded.version
""")


class PublicViewReaction:
    """Implements `shared.consumer.port.Reaction`."""

    group = "intake"
    stream = DOSSIER_STREAM

    async def apply(self, connection: AsyncConnection, events: Sequence[Envelope]) -> None:
        rows = [
            {
                "code": event.subject,
                "version": event.sequence,
                "status": told.status_after,
                "changed_at": event.time,
                "appointment": getattr(told, "appointment", None),
                "promised_on": getattr(told, "promised_on", None),
            }
            for event in events
            if event.dossier_event_type
            for told in [event.dossier_event()]
        ]
        await connection.execute(_UPSERT, {"rows": to_json(rows).decode()})

    def lacks(self, event: Envelope) -> str | None:
        return None
