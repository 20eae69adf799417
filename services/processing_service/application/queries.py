"""Reading cases, as far as the caller may."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.processing_service.application.acts import CaughtUp
from services.processing_service.application.people import people_of
from services.processing_service.application.ports import (
    CaseFilter,
    CaseStore,
    Contents,
    PersonalDataRead,
    ReadLog,
    Reference,
    Scope,
)
from services.processing_service.domain.access import AGENCY_ROLES, OFFICERS, acting_grant, reaches, readable
from services.processing_service.domain.allowed import allowed_actions
from services.processing_service.domain.case import Case
from shared.clock import Clock, local_date
from shared.errors import NotFoundError, StaleVersionError
from shared.events.dossier import ComponentCopy
from shared.history import HistoryEntry
from shared.principal import Principal
from shared.schemas.lifecycle import Action, Role
from shared.schemas.reference import AgencyTree
from shared.sealing import Sealer

_MAY_SEE_READS = frozenset({Role.CITIZEN, Role.REPRESENTATIVE, Role.SUPERVISOR, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Overdue:
    """How a case stands against its dates at a moment."""

    case: Case
    at: datetime
    overdue: bool
    supplement_overdue: bool


class CaseQueries:
    """Cases as a caller may see them. Raise `NotFoundError` for another's case as for none."""

    def __init__(
        self,
        *,
        store: CaseStore,
        reads: ReadLog,
        caught_up: CaughtUp,
        reference: Reference,
        contents: Contents,
        sealer: Sealer,
        clock: Clock,
    ) -> None:
        self._store = store
        self._contents = contents
        self._reads = reads
        self._caught_up = caught_up
        self._reference = reference
        self._sealer = sealer
        self._clock = clock

    async def case(self, code: str, principal: Principal, *, at_least: int | None = None) -> Case:
        """The case, once it is at version `at_least`. Raises `StaleVersionError` if it does not get there."""

        async def look() -> Case:
            case = (await self._store.load(code, None)).dossier
            if case is None or not readable(principal, case, self._reference.tree):
                raise NotFoundError("no such dossier")
            if at_least is not None and case.version < at_least:
                raise StaleVersionError(
                    f"the dossier is at version {case.version}",
                    current_version=case.version,
                    retry_after_seconds=1,
                )
            return case

        return await look() if at_least is None else await self._caught_up(look, at_least)

    async def components(self, code: str, principal: Principal) -> list[ComponentCopy]:
        """Everything that was handed in, in the order in which it came."""
        case = await self.case(code, principal)
        return [*(await self._store.opening(code)).components, *case.supplied]

    async def document(self, code: str, digest: str, principal: Principal) -> bytes:
        """A document that was handed in, or a result. An officer's read of it is on record first.

        The portal is told of every dossier, and may fetch what it was told of.
        """
        case = await self._told_or_readable(code, principal)
        opening = await self._store.opening(code)
        handed_in = {copy.digest for copy in (*opening.components, *case.supplied)}
        content = await self._contents.get(digest) if digest in {*handed_in, *case.results} else None
        if content is None:
            raise NotFoundError("no such document")
        for grant in principal.grants:
            if grant.role in OFFICERS and reaches(grant, principal, case, self._reference.tree):
                await self._reads.append(code, principal.subject, grant, self._clock.now())
                break
        return content

    async def _told_or_readable(self, code: str, principal: Principal) -> Case:
        if not principal.has(Role.PORTAL):
            return await self.case(code, principal)
        case = (await self._store.load(code, None)).dossier
        if case is None:
            raise NotFoundError("no such dossier")
        return case

    async def history(
        self, code: str, principal: Principal, after_sequence: int, limit: int
    ) -> list[HistoryEntry]:
        """What processing wrote of the history; intake has the beginning."""
        await self.case(code, principal)
        return await self._store.history(code, after_sequence, limit)

    async def allowed_actions(self, code: str, principal: Principal) -> tuple[Case, list[Action]]:
        """What the caller may do now."""
        case = await self.case(code, principal)
        return case, allowed_actions(case, principal, self._reference.tree, self._clock.now())

    async def overdue(self, code: str, principal: Principal) -> Overdue:
        """Whether dates have passed, today."""
        case = await self.case(code, principal)
        now = self._clock.now()
        today = local_date(now)
        return Overdue(case, now, case.is_overdue(today), case.supplement_is_overdue(today))

    async def page(
        self, principal: Principal, chosen: CaseFilter, after: str | None, limit: int
    ) -> list[Case]:
        """The cases that the caller may see, in the order of their codes."""
        scope = scope_of(principal, self._reference.tree)
        today = local_date(self._clock.now())
        return await self._store.page(scope, chosen, today=today, after=after, limit=limit)

    async def applicant(self, code: str, principal: Principal) -> dict[str, Any]:
        """The applicant's data, for officers of the competent agency; the read is on record first.

        Raises `ForbiddenError` for anybody else who sees the case, `NotFoundError` once it is erased.
        """
        case = await self.case(code, principal)
        grant = acting_grant(principal, AGENCY_ROLES, case, self._reference.tree)
        people = people_of((await self._store.opening(code)).sealed, code, self._sealer)
        if people.applicant is None:
            raise NotFoundError("the applicant's data is erased")
        await self._reads.append(code, principal.subject, grant, self._clock.now())
        return people.applicant

    async def personal_data_reads(
        self, code: str, principal: Principal, after: int, limit: int
    ) -> list[PersonalDataRead]:
        """Who read the applicant's data: for the applicant, and those who answer for the officers."""
        case = await self.case(code, principal)
        acting_grant(principal, _MAY_SEE_READS, case, self._reference.tree)
        return await self._reads.page(code, after, limit)


def scope_of(principal: Principal, tree: AgencyTree) -> Scope:
    """The union of what the caller's grants reach; mirrors `domain.access.reaches`."""
    agencies: set[str] = set()
    desks: set[str] = set()
    for grant in principal.grants:
        if grant.role is Role.ADMINISTRATOR or (grant.role in AGENCY_ROLES and grant.agency is None):
            return Scope(everything=True)
        if grant.role in AGENCY_ROLES and grant.agency is not None:
            agencies.add(grant.agency)
        if grant.role is Role.INTAKE_OFFICER and grant.desk is not None:
            desk = tree.desk(grant.desk)
            if desk is not None and desk.agencies is None:
                return Scope(everything=True)
            desks.add(grant.desk)
            agencies |= desk.agencies or frozenset() if desk else frozenset()
    applies = principal.has(Role.CITIZEN) or principal.has(Role.REPRESENTATIVE)
    return Scope(
        subject=principal.subject if applies else None,
        agencies=frozenset(agencies),
        desks=frozenset(desks),
        portal=principal.has(Role.PORTAL),
        post=principal.has(Role.POSTAL_PARTNER),
    )
