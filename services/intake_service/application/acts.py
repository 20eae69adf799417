"""Everything that happens to a dossier between filing and acceptance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.intake_service.application.filing import check_stored
from services.intake_service.application.ports import Contents, DossierStore, Reference
from services.intake_service.domain import access, completion, decisions, undo
from services.intake_service.domain.dossier import Dossier
from shared.acts import Act, Acts, Decision
from shared.clock import Clock, local_date
from shared.errors import AppError
from shared.events.dossier import ComponentCopy, DossierEvent
from shared.history import HistoryEntry
from shared.journal.writer import IdempotencyClaim
from shared.lifecycle import Transition
from shared.observability.tracing import tracing
from shared.principal import SYSTEM, Grant, Principal
from shared.schemas.lifecycle import Action, Role

_Decided = tuple[Dossier, DossierEvent]


class DossierAccess:
    """`shared.acts.Access` for intake's dossiers, with the desk rights of the present agency tree."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def visible(self, principal: Principal, dossier: Dossier) -> bool:
        return access.visible(principal, dossier, self._reference.tree)

    def acting_grant(self, principal: Principal, roles: frozenset[Role], dossier: Dossier) -> Grant:
        return access.acting_grant(principal, roles, dossier, self._reference.tree)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for an act on which dossier, meant for which version."""

    code: str
    principal: Principal
    expected_version: int
    claim: IdempotencyClaim | None


class DossierActs:
    """One method per act. Each answers with the entry it wrote; errors as `shared.acts.Acts.perform`."""

    def __init__(
        self,
        *,
        acts: Acts[Dossier],
        store: DossierStore,
        reference: Reference,
        contents: Contents,
        clock: Clock,
        lapse_after_days: int,
        undo_window: timedelta,
    ) -> None:
        self._acts = acts
        self._store = store
        self._reference = reference
        self._contents = contents
        self._clock = clock
        self._lapse_after_days = lapse_after_days
        self._undo_window = undo_window

    async def register_arrival(
        self, asked: Asked, *, arrived_at: datetime | None, picked_up: bool
    ) -> HistoryEntry:
        now = self._clock.now()

        def decide(dossier: Dossier, transition: Transition, grant: Grant) -> _Decided:
            return decisions.register_arrival(
                dossier,
                transition,
                grant,
                arrived_at=arrived_at,
                picked_up=picked_up,
                now=now,
                calendar=self._reference.calendar,
            )

        return await self._acts.perform(_act(asked, Action.REGISTER_ARRIVAL, decide, now))

    async def accept(self, asked: Asked) -> HistoryEntry:
        (act,) = self._acceptances([asked])
        return await self._acts.perform(act)

    async def accept_all(self, asked: Sequence[Asked]) -> list[HistoryEntry | AppError]:
        return await self._acts.perform_all(self._acceptances(asked))

    async def request_completion(
        self, asked: Asked, *, missing: Sequence[str], reason_code: str, reason: str
    ) -> HistoryEntry:
        now = self._clock.now()

        def decide(dossier: Dossier, transition: Transition, grant: Grant) -> _Decided:
            return decisions.request_completion(
                dossier,
                transition,
                grant,
                missing=missing,
                lapse_after_days=self._lapse_after_days,
                reason_code=reason_code,
                now=now,
            )

        return await self._acts.perform(_act(asked, Action.REQUEST_COMPLETION, decide, now, reason))

    async def complete(self, asked: Asked, *, components: Sequence[ComponentCopy]) -> HistoryEntry:
        await check_stored(self._contents, components)
        now = self._clock.now()

        def decide(dossier: Dossier, transition: Transition, grant: Grant) -> _Decided:
            return completion.complete(
                dossier,
                transition,
                grant,
                components=components,
                now=now,
                calendar=self._reference.calendar,
            )

        return await self._acts.perform(_act(asked, Action.COMPLETE, decide, now))

    async def refuse(self, asked: Asked, *, reason_code: str, reason: str) -> HistoryEntry:
        now = self._clock.now()

        def decide(dossier: Dossier, transition: Transition, grant: Grant) -> _Decided:
            return decisions.refuse(
                dossier, transition, grant, reason_code=reason_code, by=asked.principal.subject, now=now
            )

        return await self._acts.perform(_act(asked, Action.REFUSE, decide, now, reason))

    async def cancel(self, asked: Asked) -> HistoryEntry:
        return await self._acts.perform(_act(asked, Action.CANCEL, completion.cancel, self._clock.now()))

    async def undo(self, asked: Asked) -> HistoryEntry:
        now = self._clock.now()

        def decide(dossier: Dossier, transition: Transition, grant: Grant) -> _Decided:
            return undo.undo(
                dossier, transition, grant, by=asked.principal.subject, window=self._undo_window, now=now
            )

        return await self._acts.perform(_act(asked, Action.UNDO, decide, now))

    async def annul(self, asked: Asked, *, reason_code: str, reason: str) -> HistoryEntry:
        def decide(dossier: Dossier, transition: Transition, grant: Grant) -> _Decided:
            return undo.annul(dossier, transition, grant, reason_code=reason_code)

        return await self._acts.perform(_act(asked, Action.ANNUL, decide, self._clock.now(), reason))

    async def lapse_due(self, limit: int = 500) -> int:
        """The timer: close what was not completed in time. How many were closed; call again until none."""
        now = self._clock.now()
        codes = await self._store.lapsed(local_date(now), limit)
        if not codes:
            return 0  # every second, and nobody wants to read of that

        def decide(dossier: Dossier, transition: Transition, grant: Grant) -> _Decided:
            return completion.lapse(dossier, transition, grant, now=now)

        with tracing("lapse"):
            outcomes = await self._acts.perform_all(
                [Act(code, Action.LAPSE, SYSTEM, decide, now, expected_version=None) for code in codes]
            )
        return sum(isinstance(outcome, HistoryEntry) for outcome in outcomes)

    def _acceptances(self, asked: Sequence[Asked]) -> list[Act[Dossier]]:
        now = self._clock.now()

        def decide(dossier: Dossier, transition: Transition, grant: Grant) -> _Decided:
            return decisions.accept(dossier, transition, grant, now=now, calendar=self._reference.calendar)

        return [_act(each, Action.ACCEPT, decide, now) for each in asked]


def _act(
    asked: Asked,
    action: Action,
    decide: Decision[Dossier],
    now: datetime,
    reason: str | None = None,
) -> Act[Dossier]:
    return Act(asked.code, action, asked.principal, decide, now, asked.expected_version, asked.claim, reason)
