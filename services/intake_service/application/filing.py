"""Filing a dossier, through any channel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic_core import to_json

from services.intake_service.application.ports import CodeSource, Contents, DossierStore, Reference
from services.intake_service.domain import decisions
from services.intake_service.domain.access import acting_grant
from services.intake_service.domain.applicant import Applicant
from services.intake_service.domain.dossier import Dossier
from services.intake_service.domain.filing import check_application, file, filing_grant
from services.intake_service.domain.lifecycle import LIFECYCLE
from shared.acts import Acts, replayed
from shared.clock import Clock, local_date
from shared.errors import AppError, RuleViolationError, StateConflictError
from shared.events.dossier import ComponentCopy, DossierEvent
from shared.history import HistoryEntry
from shared.journal.writer import ClaimTakenError, IdempotencyClaim, UniqueValueTakenError
from shared.principal import Principal
from shared.schemas.lifecycle import Action, Channel, HandOverMeans, Role
from shared.sealing import Sealer


@dataclass(frozen=True, slots=True)
class CounterDecision:
    """What the officer at the counter decides in the call that files."""

    action: Action
    """Accept, request_completion or refuse."""
    missing: tuple[str, ...] = ()
    reason_code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Filing:
    """What is filed."""

    procedure: str
    case: str | None
    channel: Channel
    desk: str | None
    applicant: Applicant
    account: str | None
    """The applicant's account at the sign-on, when somebody else files."""
    components: tuple[ComponentCopy, ...]
    return_by: HandOverMeans
    foreign_number: str | None
    decision: CounterDecision | None


# An applicant who could name one would take it from the portal for ever.
_KNOWS_FOREIGN_NUMBERS = frozenset({Role.PORTAL, Role.INTAKE_OFFICER})


class FileDossier:
    """Gives a dossier its code and the first entries of its history, durable when it returns."""

    def __init__(
        self,
        *,
        store: DossierStore,
        reference: Reference,
        codes: CodeSource,
        contents: Contents,
        acts: Acts[Dossier],
        sealer: Sealer,
        clock: Clock,
        lapse_after_days: int,
    ) -> None:
        self._store = store
        self._reference = reference
        self._codes = codes
        self._contents = contents
        self._acts = acts
        self._sealer = sealer
        self._clock = clock
        self._lapse_after_days = lapse_after_days

    async def __call__(self, filing: Filing, principal: Principal, claim: IdempotencyClaim) -> HistoryEntry:
        """The last entry that the filing wrote, now or the first time that its key came.

        Raises `ForbiddenError`, `RuleViolationError`, `StateConflictError` (a foreign number that was filed
        before) or `KeyReusedError`. Nothing is filed then; a code may stay unused.
        """
        try:
            return await self._file(filing, principal, claim)
        except (ClaimTakenError, AppError):
            # Looked up only now: a filing that is not a repetition pays no round trip for the question.
            replay = await self._store.replay(claim)
            if replay is not None:
                return replayed(claim, replay)
            raise

    async def _file(self, filing: Filing, principal: Principal, claim: IdempotencyClaim) -> HistoryEntry:
        now = self._clock.now()
        today = local_date(now)
        grant = filing_grant(principal, filing.channel, filing.desk)
        application = check_application(
            self._reference.procedure_on(filing.procedure, today)
            or self._reference.procedure(filing.procedure),
            case=filing.case,
            desk=filing.desk or grant.desk,
            channel=filing.channel,
            components=filing.components,
            return_by=filing.return_by,
            foreign_number=filing.foreign_number,
            tree=self._reference.tree,
            today=today,
        )
        _check_decision(filing)
        if filing.foreign_number is not None and grant.role not in _KNOWS_FOREIGN_NUMBERS:
            raise RuleViolationError(
                "only the portal or a desk knows another system's number",
                field="/foreign_number",
                rule="foreign-number-not-yours",
            )
        await check_stored(self._contents, filing.components)
        code = await self._codes.next(application.agency, today)
        owner, representative = _people(filing, principal, grant.role)
        dossier, filed = file(
            application,
            code=code,
            sealed=self._sealed(filing, owner, representative, code, today.year),
            owner=owner,
            representative=representative,
            grant=grant,
            now=now,
            calendar=self._reference.calendar,
        )
        dossier, entry = self._acts.appended(dossier, filed, actor=principal.subject, reason=None, at=now)
        entries = [entry]
        if filing.decision is not None:
            dossier, event = self._decide(dossier, filing.decision, principal, now)
            dossier, entry = self._acts.appended(
                dossier, event, actor=principal.subject, reason=filing.decision.reason, at=now
            )
            entries.append(entry)
        try:
            await self._store.commit(dossier, entries, claim)
        except UniqueValueTakenError as error:
            raise StateConflictError(
                "a dossier with this foreign number was filed before", code="foreign-number-taken"
            ) from error
        return entries[-1]

    def _decide(
        self, dossier: Dossier, decision: CounterDecision, principal: Principal, now: datetime
    ) -> tuple[Dossier, DossierEvent]:
        transition = LIFECYCLE.find(dossier.status, decision.action)
        assert transition is not None  # noqa: S101 - a submitted dossier can be decided on
        grant = acting_grant(principal, transition.roles, dossier, self._reference.tree)
        reason_code = decision.reason_code or ""
        if decision.action is Action.ACCEPT:
            return decisions.accept(dossier, transition, grant, now=now, calendar=self._reference.calendar)
        if decision.action is Action.REQUEST_COMPLETION:
            return decisions.request_completion(
                dossier,
                transition,
                grant,
                missing=decision.missing,
                lapse_after_days=self._lapse_after_days,
                reason_code=reason_code,
                now=now,
                field="/decision/missing",
            )
        return decisions.refuse(
            dossier, transition, grant, reason_code=reason_code, by=principal.subject, now=now
        )

    def _sealed(
        self, filing: Filing, owner: str | None, representative: str | None, code: str, year: int
    ) -> str:
        people = {
            "applicant": filing.applicant.model_dump(mode="json", exclude_none=True),
            "owner": owner,
            "representative": representative,
        }
        return self._sealer.seal(to_json(people), code=code, year=year)


async def check_stored(contents: Contents, components: Sequence[ComponentCopy]) -> None:
    """Raises `RuleViolationError` for a copy that nobody has uploaded."""
    missing = await contents.missing([copy.digest for copy in components if copy.digest])
    for index, copy in enumerate(components):
        if copy.digest in missing:
            raise RuleViolationError(
                "no content with this digest was uploaded",
                field=f"/components/{index}/digest",
                rule="content-unknown",
            )


def _check_decision(filing: Filing) -> None:
    if (filing.channel is Channel.COUNTER) != (filing.decision is not None):
        raise RuleViolationError(
            "the counter decides in the call that files, and nobody else does",
            field="/decision",
            rule="decision-at-the-counter",
        )


def _people(filing: Filing, principal: Principal, role: Role) -> tuple[str | None, str | None]:
    """(owner, representative): whoever files online for themselves is the owner."""
    if role is Role.CITIZEN:
        return principal.subject, None
    if role is Role.REPRESENTATIVE:
        return filing.account, principal.subject
    return filing.account, None
