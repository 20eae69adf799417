"""What a caller may do to a case at a moment, without knowing yet what exactly will be asked."""

from collections.abc import Iterator
from datetime import datetime

from services.processing_service.domain.access import acting_grant
from services.processing_service.domain.apologies import can_apologise
from services.processing_service.domain.case import Case
from services.processing_service.domain.lifecycle import LIFECYCLE
from services.processing_service.domain.undo import can_undo
from shared.errors import ForbiddenError
from shared.lifecycle import Transition
from shared.principal import Grant, Principal
from shared.schemas.lifecycle import Action, Role
from shared.schemas.reference import AgencyTree


def allowed_actions(case: Case, principal: Principal, tree: AgencyTree, now: datetime) -> list[Action]:
    """In the order of the table."""
    return [
        transition.action
        for transition, grant in _theirs(case, principal, tree)
        if _possible(transition.action, case, grant, principal.subject, now)
    ]


def _theirs(case: Case, principal: Principal, tree: AgencyTree) -> Iterator[tuple[Transition, Grant]]:
    for action in LIFECYCLE.actions(case.status):
        transition = LIFECYCLE.find(case.status, action)
        if transition is None:
            continue
        try:
            yield transition, acting_grant(principal, transition.roles, case, tree)
        except ForbiddenError:
            continue


def _possible(  # noqa: PLR0911 - one line an action
    action: Action, case: Case, grant: Grant, subject: str, now: datetime
) -> bool:
    match action:
        case Action.REQUEST_SUPPLEMENT:
            return case.supplement_requests == 0 or grant.role is Role.SUPERVISOR
        case Action.APOLOGISE:
            return can_apologise(case)
        case Action.DISPATCH:
            return not case.with_post
        case Action.RETURN_FROM_POST:
            return case.with_post
        case Action.HAND_OVER:
            return grant.role is not Role.POSTAL_PARTNER or case.with_post
        case Action.UNDO:
            return can_undo(case, grant, by=subject, now=now)
        case _:
            return True
