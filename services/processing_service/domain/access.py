"""Who sees a case, and in which quality somebody acts on it."""

from services.processing_service.domain.case import Case
from shared.errors import ForbiddenError
from shared.principal import Grant, Principal
from shared.schemas.lifecycle import Channel, DossierStatus, HandOverMeans, Role
from shared.schemas.reference import AgencyTree

AGENCY_ROLES = frozenset({Role.CASE_OFFICER, Role.APPROVER, Role.SUPERVISOR})
OFFICERS = AGENCY_ROLES | {Role.INTAKE_OFFICER, Role.ADMINISTRATOR}
"""Their reads of what is somebody's own are on record."""

_WITH_RESULT = frozenset({DossierStatus.RESOLVED, DossierStatus.HANDED_OVER})
# Somebody who holds several of the roles that an act needs acts in the one that may do most.
_SENIORITY = {Role.SUPERVISOR: 0, Role.APPROVER: 1}


def reaches(  # noqa: PLR0911 - one line a role
    grant: Grant, principal: Principal, case: Case, tree: AgencyTree
) -> bool:
    """Whether `grant` gives its holder anything to do with this case."""
    match grant.role:
        case Role.CITIZEN:
            return case.owner == principal.subject
        case Role.REPRESENTATIVE:
            return case.representative == principal.subject
        case Role.INTAKE_OFFICER:
            return grant.desk is not None and _desk_reaches(grant.desk, case, tree)
        case Role.CASE_OFFICER | Role.APPROVER | Role.SUPERVISOR:
            return grant.agency is None or grant.agency == case.facts.agency
        case Role.ADMINISTRATOR | Role.SYSTEM:
            return True
        case Role.PORTAL:
            return case.facts.foreign_number is not None
        case Role.POSTAL_PARTNER:
            return is_the_posts(case)
        case Role.PAYMENT_GATEWAY:
            return case.payment is not None
        case Role.STATISTICS_READER:
            return False


def visible(principal: Principal, case: Case, tree: AgencyTree) -> bool:
    """Whether the caller may act on this case at all, or learn that it exists."""
    return any(reaches(grant, principal, case, tree) for grant in principal.grants)


def readable(principal: Principal, case: Case, tree: AgencyTree) -> bool:
    """Whether the caller may read it. A payment gateway confirms payments and reads nothing."""
    return any(
        reaches(grant, principal, case, tree)
        for grant in principal.grants
        if grant.role is not Role.PAYMENT_GATEWAY
    )


def acting_grant(principal: Principal, roles: frozenset[Role], case: Case, tree: AgencyTree) -> Grant:
    """The grant in which the caller acts. Raises `ForbiddenError` when none of `roles` is theirs here."""
    fitting = [grant for grant in principal.grants_as(roles) if reaches(grant, principal, case, tree)]
    if not fitting:
        raise ForbiddenError(f"this needs one of the roles {', '.join(sorted(roles))}")
    return min(fitting, key=lambda grant: _SENIORITY.get(grant.role, 2))


def _desk_reaches(code: str, case: Case, tree: AgencyTree) -> bool:
    if code == case.facts.desk:
        return True
    desk = tree.desk(code)
    return desk is not None and (desk.agencies is None or case.facts.agency in desk.agencies)


def is_the_posts(case: Case) -> bool:
    """Whether the post has had the result, or is to bring it."""
    by_post = case.facts.return_by is HandOverMeans.POST or case.facts.channel is Channel.POSTAL
    return case.dispatches > 0 or (by_post and case.status in _WITH_RESULT)
