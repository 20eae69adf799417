"""Opens a case for every dossier that intake has accepted. What follows, processing wrote itself."""

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from services.processing_service.application.people import people_of
from services.processing_service.application.ports import Opening
from services.processing_service.application.reference import ReferenceData
from services.processing_service.domain.case import Case
from services.processing_service.domain.opening import opened
from shared.events.dossier import Accepted
from shared.events.envelope import Envelope, UnreadableEventError
from shared.history import ChainHead
from shared.log.port import DOSSIER_STREAM
from shared.schemas.lifecycle import EventType
from shared.sealing import ForgedSealError, Sealer

OpenCases = Callable[[AsyncConnection, Sequence[tuple[Case, Opening]]], Awaitable[None]]


class CasesReaction:
    """Implements `shared.consumer.port.Reaction`."""

    group = "processing"
    stream = DOSSIER_STREAM

    def __init__(self, open_cases: OpenCases, reference: ReferenceData, sealer: Sealer) -> None:
        self._open_cases = open_cases
        self._reference = reference
        self._sealer = sealer

    async def apply(self, connection: AsyncConnection, events: Sequence[Envelope]) -> None:
        accepted = [self._opened(event) for event in events if event.dossier_event_type is EventType.ACCEPTED]
        if accepted:
            await self._open_cases(connection, accepted)

    def lacks(self, event: Envelope) -> str | None:
        if event.dossier_event_type is not EventType.ACCEPTED:
            return None
        version = _accepted(event).calendar_version
        return None if self._reference.has_calendar(version) else f"calendar/{version}"

    def _opened(self, event: Envelope) -> tuple[Case, Opening]:
        accepted = _accepted(event)
        if event.chain is None:
            raise UnreadableEventError("the head of the history is missing")
        try:
            people = people_of(accepted.sealed, event.subject, self._sealer)
        except ForgedSealError as error:
            raise UnreadableEventError("the sealed data is not of this dossier") from error
        case = opened(
            event.subject,
            accepted,
            accepted_at=event.time,
            head=ChainHead(event.sequence, bytes.fromhex(event.chain)),
            owner=people.owner,
            representative=people.representative,
        )
        return case, Opening(accepted.components, accepted.sealed)


def _accepted(event: Envelope) -> Accepted:
    payload = event.dossier_event()
    if not isinstance(payload, Accepted):
        raise UnreadableEventError(f"{event.type} is no acceptance")
    return payload
