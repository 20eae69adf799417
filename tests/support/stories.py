"""Lives of dossiers as the events that tell them, written as briefly as a test needs them."""

from datetime import date, datetime
from typing import Any, Self

from shared.clock import VIETNAM
from shared.events.envelope import Envelope, dossier_event_name
from shared.schemas.lifecycle import EventType

DIGEST = "0" * 64


def moment(local: str) -> datetime:
    """`2023-05-15` is ten in the morning of that day in Vietnam; `2023-05-15 23:59` says the time."""
    return datetime.fromisoformat(local if " " in local else f"{local} 10:00").replace(tzinfo=VIETNAM)


def day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


class Story:
    """One dossier; every call adds the next event. The statuses are not what is told here."""

    def __init__(
        self,
        code: str = "H41.SCT-230515-0001",
        *,
        agency: str = "H41.SCT",
        desk: str = "H41.TTPVHCC",
        field: str = "Xúc tiến thương mại",
        procedure: str = "2.000004",
        channel: str = "counter",
        has_result: bool = True,
    ) -> None:
        self.code = code
        self.events: list[Envelope] = []
        self._facts: dict[str, Any] = {
            "procedure": procedure,
            "procedure_version": 1,
            "case": "default",
            "field": field,
            "agency": agency,
            "desk": desk,
            "channel": channel,
            "statutory": None,
            "committed": None,
            "pause_policy": "resume",
            "has_result": has_result,
        }

    def add(self, event_type: EventType, at: str | datetime, **payload: Any) -> Self:
        """The next event. Dates and moments in the payload may be written as text."""
        sequence = len(self.events) + 1
        base = {
            "action": "file",
            "role": "system",
            "acting_agency": None,
            "acting_channel": "system",
            "status_before": None,
            "status_after": "submitted",
        }
        self.events.append(
            Envelope(
                id=f"{self.code}/{sequence}",
                source="/intake" if sequence <= self._accepted_at else "/processing",
                type=dossier_event_name(event_type),
                subject=self.code,
                time=moment(at) if isinstance(at, str) else at,
                sequence=sequence,
                data={**base, **payload},
            )
        )
        return self

    @property
    def _accepted_at(self) -> int:
        accepted = dossier_event_name(EventType.ACCEPTED)
        return next((e.sequence for e in self.events if e.type == accepted), 10**9)

    def file(self, at: str, *, due: str | None = None) -> Self:
        return self.add(
            EventType.FILED,
            at,
            facts=self._facts,
            components=[],
            answer_due_at=None if due is None else moment(due),
            sealed="",
        )

    def arrive(self, at: str, *, due: str, picked_up: bool = False) -> Self:
        return self.add(EventType.ARRIVED, at, answer_due_at=moment(due), picked_up=picked_up)

    def accept(
        self,
        at: str,
        appointment: str | None,
        *,
        due: str = "2999-01-01",
        digitised: bool = True,
        components: int = 2,
        reused: int = 0,
    ) -> Self:
        return self.add(
            EventType.ACCEPTED,
            at,
            facts=self._facts,
            components=_components(components, reused),
            digitised=digitised,
            appointment=day(appointment),
            appointment_at=None,
            provisional=False,
            calendar_version=1,
            answer_due_at=moment(due),
            sealed="",
        )

    def request_completion(self, at: str, *, due: str = "2999-01-01") -> Self:
        return self.add(
            EventType.COMPLETION_REQUESTED,
            at,
            missing=["x"],
            lapses_on=day("2999-01-01"),
            answer_due_at=moment(due),
        )

    def complete(self, at: str, *, due: str) -> Self:
        return self.add(EventType.COMPLETED, at, components=[], answer_due_at=moment(due))

    def refuse(self, at: str, *, due: str = "2999-01-01") -> Self:
        return self.add(EventType.REFUSED, at, answer_due_at=moment(due))

    def request_supplement(self, at: str, *, number: int = 1) -> Self:
        return self.add(
            EventType.SUPPLEMENT_REQUESTED, at, number=number, missing=["x"], respond_by=day("2999-01-01")
        )

    def provide_supplement(self, at: str, appointment: str | None, *, components: int = 1) -> Self:
        return self._resume(
            EventType.SUPPLEMENT_PROVIDED, at, appointment, components=_components(components, 0)
        )

    def cancel_supplement(self, at: str, appointment: str | None) -> Self:
        return self._resume(EventType.SUPPLEMENT_CANCELLED, at, appointment)

    def request_payment(self, at: str) -> Self:
        return self.add(EventType.PAYMENT_REQUESTED, at, amount=1000, items=["fee"])

    def pay(self, at: str, appointment: str | None, *, online: bool = True) -> Self:
        return self._resume(EventType.PAID, at, appointment, amount=1000, online=online)

    def move_appointment(self, at: str, appointment: str | None) -> Self:
        return self._resume(EventType.APPOINTMENT_MOVED, at, appointment)

    def resolve(self, at: str, appointment: str | None, *, results: int = 1) -> Self:
        return self.add(EventType.RESOLVED, at, appointment=day(appointment), results=[DIGEST] * results)

    def transfer(self, at: str, to_agency: str) -> Self:
        return self.add(EventType.TRANSFERRED, at, from_agency=self._facts["agency"], to_agency=to_agency)

    def dispatch(self, at: str, *, attempt: int = 1) -> Self:
        return self.add(EventType.DISPATCHED, at, partner="vnpost", attempt=attempt)

    def hand_over(self, at: str, means: str = "counter") -> Self:
        return self.add(EventType.HANDED_OVER, at, means=means)

    def apologise(self, at: str, promised_on: str) -> Self:
        return self.add(EventType.APOLOGISED, at, promised_on=day(promised_on))

    def annul(self, at: str, sequence: int | None = None) -> Self:
        """Annul the event with this sequence, or the last one."""
        annulled = self.events[(sequence or len(self.events)) - 1]
        return self.add(
            EventType.ANNULLED, at, annuls=annulled.sequence, annulled_type=annulled.dossier_event_type
        )

    def _resume(self, event_type: EventType, at: str, appointment: str | None, **payload: Any) -> Self:
        return self.add(
            event_type,
            at,
            appointment=day(appointment),
            previous_appointment=None,
            provisional=False,
            calendar_version=1,
            **payload,
        )


def _components(handed_in: int, reused: int) -> list[dict[str, Any]]:
    return [{"component": f"c{n}", "digest": DIGEST, "reused": n < reused} for n in range(handed_in)]
