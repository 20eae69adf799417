"""How every act on a dossier goes, in intake and in processing: load, check, decide, append, commit.

The order of the checks is part of the contract: a repeated request is answered as the first time before
anything else; then whether the caller may see the dossier (404), the version (412), the table of the
lifecycle (409), the role (403), and the rules (422). Nothing has changed unless the entry is returned.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, Self, TypeVar

from shared.errors import AppError, KeyReusedError, NotFoundError, StaleVersionError, StateConflictError
from shared.events.dossier import DossierEvent
from shared.history import ChainHead, HistoryEntry, append
from shared.journal.writer import ClaimTakenError, IdempotencyClaim
from shared.lifecycle import Lifecycle, Transition
from shared.observability.metrics import IDEMPOTENT_REPLAYS
from shared.principal import Grant, Principal
from shared.schemas.lifecycle import Action, DossierStatus, Role

_SALT_BYTES = 16


class Aggregate(Protocol):
    """What both services' aggregates have: an immutable state with its place in the history."""

    @property
    def code(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def head_hash(self) -> str: ...
    @property
    def status(self) -> DossierStatus: ...
    def model_copy(self, *, update: dict[str, object]) -> Self: ...


A = TypeVar("A", bound=Aggregate)
Seen_contra = TypeVar("Seen_contra", bound=Aggregate, contravariant=True)


@dataclass(frozen=True, slots=True)
class Replay:
    """What an Idempotency-Key did the first time."""

    fingerprint: str
    entry: HistoryEntry


@dataclass(frozen=True, slots=True)
class Loaded(Generic[A]):
    """One unlocked read: the dossier, and what the caller's key did before."""

    dossier: A | None
    replay: Replay | None


class Store(Protocol[A]):
    """The service's dossiers."""

    async def load(self, code: str, claim: IdempotencyClaim | None) -> Loaded[A]:
        """The current row, and the entry that `claim`'s key wrote."""

    async def load_many(self, codes: Sequence[str]) -> dict[str, A]:
        """The current rows of those that exist."""

    async def commit(
        self, dossier: A, entries: Sequence[HistoryEntry], claim: IdempotencyClaim | None
    ) -> None:
        """Raises as `shared.journal.writer.JournalWriter.commit`."""


class Access(Protocol[Seen_contra]):
    """Who may see a dossier, and in which grant somebody acts on it."""

    def visible(self, principal: Principal, dossier: Seen_contra) -> bool: ...

    def acting_grant(self, principal: Principal, roles: frozenset[Role], dossier: Seen_contra) -> Grant:
        """Raises `ForbiddenError` when none of `roles` is the caller's here."""


Decision = Callable[[A, Transition, Grant], tuple[A, DossierEvent]]


@dataclass(frozen=True, slots=True)
class Act(Generic[A]):
    """One thing that somebody wants done to a dossier."""

    code: str
    action: Action
    principal: Principal
    decide: Decision[A]
    at: datetime
    """The moment that `decide` judges by, and at which the entry happened: one for the whole act."""
    expected_version: int | None
    """None for timers and reactions, which look before they act."""
    claim: IdempotencyClaim | None = None
    reason: str | None = None


class Acts(Generic[A]):
    """Performs acts on the dossiers of one service."""

    def __init__(
        self,
        *,
        store: Store[A],
        lifecycle: Lifecycle,
        access: Access[A],
        entropy: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._lifecycle = lifecycle
        self._access = access
        self._entropy = entropy

    async def perform(self, act: Act[A]) -> HistoryEntry:
        """The entry that the act wrote, now or the first time that its key came.

        Raises `NotFoundError`, `StaleVersionError`, `StateConflictError`, `ForbiddenError`,
        `RuleViolationError` or `KeyReusedError`.
        """
        loaded = await self._store.load(act.code, act.claim)
        if act.claim and loaded.replay:
            return replayed(act.claim, loaded.replay)
        dossier, event = self.decided(act, loaded.dossier)
        dossier, entry = self.appended(
            dossier, event, actor=act.principal.subject, reason=act.reason, at=act.at
        )
        try:
            await self._store.commit(dossier, [entry], act.claim)
        except (ClaimTakenError, StaleVersionError):
            # Somebody else was first. If it was the same request, under way twice, both get one answer.
            if act.claim and (other := (await self._store.load(act.code, act.claim)).replay):
                return replayed(act.claim, other)
            raise
        return entry

    async def perform_all(self, acts: Sequence[Act[A]]) -> list[HistoryEntry | AppError]:
        """Each for itself, in one read and merged writes: the entry, or why there is none."""
        if not acts:
            return []  # a timer that finds nothing due asks nobody
        dossiers = await self._store.load_many([act.code for act in acts])
        return await asyncio.gather(*(self._perform_one(act, dossiers.get(act.code)) for act in acts))

    async def _perform_one(self, act: Act[A], dossier: A | None) -> HistoryEntry | AppError:
        try:
            dossier, event = self.decided(act, dossier)
            dossier, entry = self.appended(
                dossier, event, actor=act.principal.subject, reason=act.reason, at=act.at
            )
            await self._store.commit(dossier, [entry], None)
        except AppError as error:
            return error
        return entry

    def decided(self, act: Act[A], dossier: A | None) -> tuple[A, DossierEvent]:
        """All checks and the decision, in memory."""
        if dossier is None or not self._access.visible(act.principal, dossier):
            raise NotFoundError("no such dossier")
        if act.expected_version is not None and act.expected_version != dossier.version:
            raise StaleVersionError(
                f"the dossier is at version {dossier.version}", current_version=dossier.version
            )
        transition = self._lifecycle.find(dossier.status, act.action)
        if transition is None:
            allowed = [action.value for action in self._lifecycle.actions(dossier.status)]
            raise StateConflictError(
                f"a dossier that is {dossier.status} does not allow {act.action}", allowed_actions=allowed
            )
        grant = self._access.acting_grant(act.principal, transition.roles, dossier)
        return act.decide(dossier, transition, grant)

    def appended(
        self,
        dossier: A,
        event: DossierEvent,
        *,
        actor: str,
        reason: str | None,
        at: datetime,
    ) -> tuple[A, HistoryEntry]:
        """The dossier with `event` as its newest entry."""
        head = ChainHead(dossier.version, bytes.fromhex(dossier.head_hash)) if dossier.version else None
        entry = append(
            dossier.code,
            head,
            event,
            occurred_at=at,
            actor=actor,
            reason=reason,
            salt=self._entropy(_SALT_BYTES),
        )
        moved = dossier.model_copy(update={"version": entry.sequence, "head_hash": entry.hash.hex()})
        return moved, entry


def replayed(claim: IdempotencyClaim, replay: Replay) -> HistoryEntry:
    """The first answer again. Raises `KeyReusedError` for another request under the same key."""
    if replay.fingerprint != claim.fingerprint:
        raise KeyReusedError("this Idempotency-Key came with another request before")
    IDEMPOTENT_REPLAYS.inc()
    return replay.entry
