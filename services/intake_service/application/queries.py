"""Reading what intake knows."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic_core import from_json

from services.intake_service.application.acts import DossierAccess
from services.intake_service.application.ports import DossierFilter, DossierStore, PublicStatus, Reference
from services.intake_service.domain.dossier import Dossier
from shared.errors import NotFoundError
from shared.history import HistoryEntry
from shared.principal import Principal
from shared.schemas.lifecycle import DossierStatus, Role
from shared.sealing import ErasedError, Sealer

_FACTOR_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Receipt:
    """Form 01 (giấy tiếp nhận và hẹn trả), without the applicant's data."""

    dossier: Dossier
    procedure_name: str
    components: Sequence[tuple[str, bool]]
    """Name of each component and whether it was digitised."""


class DossierQueries:
    """Dossiers as a caller may see them."""

    def __init__(
        self, *, store: DossierStore, access: DossierAccess, reference: Reference, sealer: Sealer
    ) -> None:
        self._store = store
        self._access = access
        self._reference = reference
        self._sealer = sealer

    async def dossier(self, code: str, principal: Principal) -> Dossier:
        """Raises `NotFoundError`, for another's dossier too."""
        dossier = (await self._store.load(code, None)).dossier
        if dossier is None or not self._access.visible(principal, dossier):
            raise NotFoundError("no such dossier")
        return dossier

    async def history(
        self, code: str, principal: Principal, after_sequence: int, limit: int
    ) -> list[HistoryEntry]:
        """What intake wrote of the history; processing has the rest."""
        await self.dossier(code, principal)
        return await self._store.history(code, after_sequence, limit)

    async def page(
        self,
        principal: Principal,
        status: DossierStatus | None,
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> list[Dossier]:
        """The caller's own dossiers, or those of the agencies that the caller works for, oldest first."""
        return await self._store.page(self._scope(principal, status), after, limit)

    async def receipt(self, code: str, principal: Principal) -> Receipt:
        """Raises `NotFoundError` for a dossier that has none because it was not accepted."""
        dossier = await self.dossier(code, principal)
        if dossier.status is not DossierStatus.ACCEPTED:
            raise NotFoundError("a receipt is issued on acceptance")
        procedure = self._reference.procedure(dossier.facts.procedure)
        names = {c.code: c.name_vi for c in procedure.components} if procedure else {}
        return Receipt(
            dossier,
            procedure.name_vi if procedure else dossier.facts.procedure,
            [(names.get(c.component, c.component), c.digest is not None) for c in dossier.components],
        )

    async def look_up(self, code: str, factor: str) -> PublicStatus:
        """Status and dates for whoever knows the code and the end of the applicant's identity number.

        Raises the same `NotFoundError` for a wrong code and a wrong factor.
        """
        dossier = (await self._store.load(code, None)).dossier
        if dossier is None or not self._knows(dossier, factor):
            raise NotFoundError("no dossier has this code and this identity number")
        public = await self._store.public_status(code)
        if public is not None and public.version >= dossier.version:
            return public
        return PublicStatus(
            dossier.version,
            dossier.status,
            dossier.accepted_at or dossier.filed_at,
            dossier.appointment,
            None,
        )

    def _knows(self, dossier: Dossier, factor: str) -> bool:
        try:
            people = from_json(self._sealer.open(dossier.sealed, code=dossier.code))
        except ErasedError:
            return False
        number = str(people["applicant"]["identity_number"])
        return hmac.compare_digest(number[-_FACTOR_DIGITS:].encode(), factor.encode())

    def _scope(self, principal: Principal, status: DossierStatus | None) -> DossierFilter:
        if principal.has(Role.ADMINISTRATOR):
            return DossierFilter(None, None, status)
        agencies: set[str] = set()
        for grant in principal.grants:
            if grant.role in {Role.CASE_OFFICER, Role.APPROVER, Role.SUPERVISOR} and grant.agency:
                agencies.add(grant.agency)
            if grant.role is Role.INTAKE_OFFICER and grant.desk:
                desk = self._reference.tree.desk(grant.desk)
                if desk is not None and desk.agencies is None:
                    return DossierFilter(None, None, status)
                agencies |= desk.agencies or frozenset() if desk else set()
        if agencies:
            return DossierFilter(None, frozenset(agencies), status)
        return DossierFilter(principal.subject, None, status)
