"""Cases without a database: acts on them in memory, at moments that a test writes down."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from services.processing_service.application.acts import CaseAccess
from services.processing_service.application.intents import Circumstances, Intent
from services.processing_service.domain.case import Case
from services.processing_service.domain.lifecycle import LIFECYCLE
from services.processing_service.domain.opening import opened
from shared.acts import Act, Acts
from shared.clock import local_date
from shared.errors import UnavailableError
from shared.events.dossier import Accepted, DossierEvent
from shared.history import ChainHead, HistoryEntry
from shared.legal_clock.calendar import CalendarDefinition, WorkingCalendar
from shared.principal import SYSTEM, Grant, Principal
from shared.schemas.lifecycle import Role
from tests.support.acceptances import AGENCY, DESK, TREE, accepted_event
from tests.support.calendars import CALENDAR, at

UNDO_WINDOW = timedelta(minutes=30)
_PLACES: dict[Role, dict[str, str]] = {
    Role.INTAKE_OFFICER: {"desk": DESK},
    Role.CASE_OFFICER: {"agency": AGENCY},
    Role.APPROVER: {"agency": AGENCY},
    Role.SUPERVISOR: {"agency": AGENCY},
}


def somebody(role: Role, subject: str | None = None) -> Principal:
    """With one grant, at the usual place. The citizen `an` and the representative `binh` have the case."""
    if role is Role.SYSTEM:
        return SYSTEM
    names = {Role.CITIZEN: "an", Role.REPRESENTATIVE: "binh"}
    return Principal(subject or names.get(role, role.value), (Grant(role, **_PLACES.get(role, {})),))


class Versions:
    """`domain.appointments.Calendars` and the agency tree, as a test published them."""

    def __init__(self) -> None:
        self._known = {1: CALENDAR}
        self.tree = TREE

    def publish(self, definition: CalendarDefinition) -> None:
        self._known[definition.version] = WorkingCalendar(definition)

    @property
    def latest(self) -> WorkingCalendar:
        return self._known[max(self._known)]

    def version(self, number: int) -> WorkingCalendar:
        if number not in self._known:
            raise UnavailableError("not here")
        return self._known[number]

    async def refresh(self) -> None: ...


class StoppedClock:
    """A business clock that stands where a test puts it."""

    def __init__(self, local: str) -> None:
        self.moment = at(local)

    def now(self) -> Any:
        return self.moment


class NoStore:
    """Nothing is loaded or kept: a test holds its case itself."""

    async def load(self, code: str, claim: Any) -> Any:
        raise NotImplementedError

    async def load_many(self, codes: Any) -> Any:
        raise NotImplementedError

    async def commit(self, dossier: Case, entries: Any, claim: Any) -> None:
        raise NotImplementedError


@dataclass
class Life:
    """One case and everything that happened to it."""

    case: Case
    clock: StoppedClock
    versions: Versions = field(default_factory=Versions)
    entries: list[HistoryEntry] = field(default_factory=list)
    events: list[DossierEvent] = field(default_factory=list)
    stored: Callable[[str], bool] = lambda _: True

    def at(self, local: str) -> "Life":
        """Go on at this moment."""
        self.clock.moment = at(local)
        return self

    def does(self, role: Role, intent: Intent, subject: str | None = None) -> "Life":
        """An act that must be granted. All the checks are made that the service makes."""
        principal = somebody(role, subject)
        circumstances = Circumstances(
            now=self.clock.now(),
            by=principal.subject,
            calendars=self.versions,
            tree=self.versions.tree,
            not_stored=frozenset(digest for digest in intent.digests if not self.stored(digest)),
            undo_window=UNDO_WINDOW,
            answer_time=timedelta(days=30),
            seal=lambda code, plain: f"sealed {code} {plain}",
        )
        acts = Acts(store=NoStore(), lifecycle=LIFECYCLE, access=CaseAccess(self.versions), entropy=bytes)
        act: Act[Case] = Act(
            self.case.code,
            intent.action,
            principal,
            lambda case, row, grant: intent.decide(case, row, grant, circumstances),
            circumstances.now,
            expected_version=self.case.version,
            reason=intent.reason,
        )
        decided, event = acts.decided(act, self.case)
        self.case, entry = acts.appended(
            decided, event, actor=principal.subject, reason=intent.reason, at=act.at
        )
        self.entries.append(entry)
        self.events.append(event)
        return self


def accepted(local: str = "2023-05-15 09:00", *, days: int | None = 5, **facts: Any) -> Life:
    """A case that was accepted at this moment."""
    moment = at(local)
    event = accepted_event(
        f"{AGENCY}-{local_date(moment):%y%m%d}-0001", accepted_at=moment, days=days, **facts
    )
    payload = event.dossier_event()
    assert isinstance(payload, Accepted)
    case = opened(
        event.subject,
        payload,
        accepted_at=moment,
        head=ChainHead(event.sequence, bytes.fromhex(event.chain or "")),
        owner="an",
        representative="binh",
    )
    return Life(case, StoppedClock(local))


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
