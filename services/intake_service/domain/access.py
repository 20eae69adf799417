"""Whose dossier it is, and in which quality a caller acts on it."""

from typing import assert_never

from services.intake_service.domain.dossier import Dossier
from shared.errors import ForbiddenError
from shared.principal import Grant, Principal
from shared.schemas.lifecycle import Channel, Role
from shared.schemas.reference import AgencyTree


def reaches(grant: Grant, principal: Principal, dossier: Dossier, tree: AgencyTree) -> bool:
    """Whether `grant` gives its holder anything to do with this dossier."""
    facts = dossier.facts
    match grant.role:
        case Role.CITIZEN:
            mine = dossier.owner == principal.subject
        case Role.REPRESENTATIVE:
            mine = dossier.representative == principal.subject
        case Role.INTAKE_OFFICER:
            mine = desk_may_take(grant.desk, facts.agency, tree)
        case Role.CASE_OFFICER | Role.APPROVER | Role.SUPERVISOR:
            mine = grant.agency == facts.agency
        case Role.ADMINISTRATOR | Role.SYSTEM:
            mine = True
        case Role.PORTAL:
            mine = facts.foreign_number is not None
        case Role.POSTAL_PARTNER:
            mine = facts.channel is Channel.POSTAL
        case Role.PAYMENT_GATEWAY | Role.STATISTICS_READER:
            mine = False
        case _:
            assert_never(grant.role)
    return mine


def visible(principal: Principal, dossier: Dossier, tree: AgencyTree) -> bool:
    """Whether the caller may know that this dossier exists."""
    return any(reaches(grant, principal, dossier, tree) for grant in principal.grants)


def acting_grant(principal: Principal, roles: frozenset[Role], dossier: Dossier, tree: AgencyTree) -> Grant:
    """The grant in which the caller acts. Raises `ForbiddenError` when none of `roles` is theirs here."""
    for grant in principal.grants_as(roles):
        if reaches(grant, principal, dossier, tree):
            return grant
    raise ForbiddenError(f"this needs one of the roles {', '.join(sorted(roles))}")


def desk_may_take(desk: str | None, agency: str, tree: AgencyTree) -> bool:
    """Whether a desk holds intake rights over an agency."""
    found = tree.desk(desk) if desk else None
    return found is not None and (found.agencies is None or agency in found.agencies)
