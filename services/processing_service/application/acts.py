"""Every act on a case: with patience for a case that is still on its way here, singly or in lists."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import structlog

from services.processing_service.application.intents import Circumstances, Intent
from services.processing_service.application.ports import Contents, Reference
from services.processing_service.domain import access
from services.processing_service.domain.case import Case
from shared.acts import Act, Acts
from shared.clock import Clock
from shared.errors import AppError, NotFoundError, StaleVersionError, UnavailableError
from shared.events.dossier import DossierEvent
from shared.history import HistoryEntry, filed_on
from shared.journal.writer import IdempotencyClaim
from shared.lifecycle import Transition
from shared.observability.tracing import tracing
from shared.principal import SYSTEM, Grant, Principal
from shared.schemas.lifecycle import Role
from shared.sealing import Sealer

T = TypeVar("T")
_log = structlog.get_logger(__name__)
_FIRST_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 0.2


class CaseAccess:
    """`shared.acts.Access` for cases, with the desk rights of the present agency tree."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def visible(self, principal: Principal, dossier: Case) -> bool:
        return access.visible(principal, dossier, self._reference.tree)

    def acting_grant(self, principal: Principal, roles: frozenset[Role], dossier: Case) -> Grant:
        return access.acting_grant(principal, roles, dossier, self._reference.tree)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for an act on which case, meant for which version."""

    code: str
    principal: Principal
    expected_version: int
    claim: IdempotencyClaim | None


class CaughtUp:
    """Waits a little for what a client knows of and this service has not heard of yet.

    A case that is another's is waited for like one that is not there: nobody can tell the two apart.
    """

    def __init__(self, longest: timedelta) -> None:
        self._longest = longest.total_seconds()

    async def __call__(self, attempt: Callable[[], Awaitable[T]], version: int) -> T:
        """What `attempt` returns once the case is at `version`, or else what it raised at last."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._longest
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                return await attempt()
            except NotFoundError as absent:
                if loop.time() + pause > deadline:
                    raise NotFoundError(absent.detail, retry_after_seconds=1) from absent
            except StaleVersionError as stale:
                current = stale.extra.get("current_version", version)
                if current >= version or loop.time() + pause > deadline:
                    raise
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


class CaseActs:
    """Performs what is asked for; errors as `shared.acts.Acts.perform`."""

    def __init__(
        self,
        *,
        acts: Acts[Case],
        caught_up: CaughtUp,
        reference: Reference,
        contents: Contents,
        sealer: Sealer,
        clock: Clock,
        undo_window: timedelta,
        answer_time: timedelta,
    ) -> None:
        self._acts = acts
        self._caught_up = caught_up
        self._reference = reference
        self._contents = contents
        self._sealer = sealer
        self._clock = clock
        self._undo_window = undo_window
        self._answer_time = answer_time

    async def perform(self, asked: Asked, intent: Intent) -> HistoryEntry:
        """The entry that the act wrote, now or the first time that its key came."""
        missing = await self._contents.missing(intent.digests) if intent.digests else ()
        act = self._act(
            asked.code,
            asked.principal,
            asked.expected_version,
            asked.claim,
            intent,
            not_stored=frozenset(missing),
        )
        return await self._caught_up(lambda: self._attempt(act), asked.expected_version)

    async def perform_all(self, wanted: Sequence[tuple[Asked, Intent]]) -> list[HistoryEntry | AppError]:
        """Each for itself; reads and writes are merged below."""
        return await asyncio.gather(*(self._outcome(asked, intent) for asked, intent in wanted))

    async def perform_as_system(self, codes: Sequence[str], intent: Intent) -> list[HistoryEntry]:
        """What timers and reactions do, to each case as it stands when it is read; those that were granted.

        A case that changed in between is left for the next time.
        """
        if not codes:
            return []  # every second, and nobody wants to read of that
        with tracing(intent.action):
            outcomes = await self._acts.perform_all(
                [self._act(code, SYSTEM, None, None, intent, not_stored=frozenset()) for code in codes]
            )
        for code, outcome in zip(codes, outcomes, strict=True):
            if isinstance(outcome, AppError) and not isinstance(outcome, StaleVersionError):
                _log.warning("system_act_refused", code=code, action=intent.action, error=outcome.code)
        return [outcome for outcome in outcomes if isinstance(outcome, HistoryEntry)]

    async def _attempt(self, act: Act[Case]) -> HistoryEntry:
        try:
            return await self._acts.perform(act)
        except UnavailableError:
            # The case names a calendar that came between two looks at the reference data.
            await self._reference.refresh()
            return await self._acts.perform(act)

    async def _outcome(self, asked: Asked, intent: Intent) -> HistoryEntry | AppError:
        try:
            return await self.perform(asked, intent)
        except AppError as error:
            return error

    def _act(
        self,
        code: str,
        principal: Principal,
        expected_version: int | None,
        claim: IdempotencyClaim | None,
        intent: Intent,
        *,
        not_stored: frozenset[str],
    ) -> Act[Case]:
        circumstances = Circumstances(
            now=self._clock.now(),
            by=principal.subject,
            calendars=self._reference,
            tree=self._reference.tree,
            not_stored=not_stored,
            undo_window=self._undo_window,
            answer_time=self._answer_time,
            seal=self._seal,
        )

        def decide(case: Case, transition: Transition, grant: Grant) -> tuple[Case, DossierEvent]:
            after, event = intent.decide(case, transition, grant, circumstances)
            return after, event.model_copy(update={"appointment": after.due_on})

        return Act(
            code,
            intent.action,
            principal,
            decide,
            circumstances.now,
            expected_version,
            claim,
            intent.reason,
        )

    def _seal(self, code: str, plain: str) -> str:
        return self._sealer.seal(plain.encode(), code=code, year=filed_on(code).year)
