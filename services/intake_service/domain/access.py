"""Whose dossier it is, and in which quality a caller acts on it."""

from services.intake_service.domain.dossier import Dossier
from shared.errors import ForbiddenError
from shared.principal import Grant, Principal
from shared.schemas.lifecycle import Channel, Role
from shared.schemas.reference import AgencyTree


def reaches(grant: Grant, principal: Principal, dossier: Dossier, tree: AgencyTree) -> bool:
    """Whether `grant` gives its holder anything to do with this dossier."""
    match grant.role:
        case Role.CITIZEN:
            return dossier.owner == principal.subject
        case Role.REPRESENTATIVE:
            return dossier.representative == principal.subject
        case Role.INTAKE_OFFICER:
            return desk_may_take(grant.desk, dossier.facts.agency, tree)
        case Role.CASE_OFFICER | Role.APPROVER | Role.SUPERVISOR:
            return grant.agency is None or grant.agency == dossier.facts.agency
        case Role.ADMINISTRATOR | Role.SYSTEM:
            return True
        case Role.PORTAL:
            return dossier.facts.foreign_number is not None
        case Role.POSTAL_PARTNER:
            return dossier.facts.channel is Channel.POSTAL
        case Role.PAYMENT_GATEWAY | Role.STATISTICS_READER:
            return False


def visible(principal: Principal, dossier: Dossier, tree: AgencyTree) -> bool:
    """Whether the caller may know that this dossier exists."""
    return any(reaches(grant, principal, dossier, tree) for grant in principal.grants)


def acting_grant(
    principal: Principal, roles: frozenset[Role], dossier: Dossier, tree: AgencyTree
) -> Grant:
    """The grant in which the caller acts. Raises `ForbiddenError` when none of `roles` is theirs here."""
    for grant in principal.grants_as(roles):
        if reaches(grant, principal, dossier, tree):
            return grant
    raise ForbiddenError(f"this needs one of the roles {', '.join(sorted(roles))}")


def desk_may_take(desk: str | None, agency: str, tree: AgencyTree) -> bool:
    """Whether a desk holds intake rights over an agency."""
    found = tree.desk(desk) if desk else None
    return found is not None and (found.agencies is None or agency in found.agencies)
