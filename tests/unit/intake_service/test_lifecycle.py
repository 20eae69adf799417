"""Intake's table of the lifecycle, against the decided rules written down once more by hand."""

import itertools

from services.intake_service.domain.lifecycle import LIFECYCLE
from shared.lifecycle import Next
from shared.schemas.lifecycle import Action, DossierStatus, Role

APPLICANT = {"citizen", "representative", "portal"}
OFFICER = {"intake_officer"}

RULES: dict[tuple[str, str], tuple[str, str, set[str]]] = {
    ("submitted", "register_arrival"): ("same", "arrived", OFFICER | {"postal_partner"}),
    ("submitted", "accept"): ("accepted", "accepted", OFFICER),
    ("submitted", "request_completion"): ("incomplete", "completion_requested", OFFICER),
    ("incomplete", "complete"): ("submitted", "completed", APPLICANT | OFFICER),
    ("submitted", "refuse"): ("not_accepted", "refused", OFFICER),
    ("incomplete", "refuse"): ("not_accepted", "refused", OFFICER),
    ("submitted", "cancel"): ("not_accepted", "cancelled", APPLICANT),
    ("incomplete", "cancel"): ("not_accepted", "cancelled", APPLICANT),
    ("incomplete", "lapse"): ("not_accepted", "lapsed", {"system"}),
    ("not_accepted", "undo"): ("previous", "annulled", OFFICER | {"supervisor"}),
    ("not_accepted", "annul"): ("previous", "annulled", {"supervisor"}),
}


def test_the_table_is_the_decided_one() -> None:
    for status, action in itertools.product(DossierStatus, Action):
        found = LIFECYCLE.find(status, action)
        rule = RULES.get((status, action))
        if rule is None:
            assert found is None, (status, action)
            continue
        assert found is not None, (status, action)
        target = found.target.value
        assert (target, found.event, {role.value for role in found.roles}) == rule


def test_whatever_is_decided_against_the_applicant_needs_a_reason() -> None:
    with_reason = {t.action for t in LIFECYCLE.transitions if t.reason_required}
    assert with_reason == {Action.REQUEST_COMPLETION, Action.REFUSE, Action.ANNUL}


def test_after_acceptance_intake_allows_nothing() -> None:
    for status in set(DossierStatus) - {
        DossierStatus.SUBMITTED,
        DossierStatus.INCOMPLETE,
        DossierStatus.NOT_ACCEPTED,
    }:
        assert LIFECYCLE.actions(status) == ()


def test_nobody_but_a_person_undoes() -> None:
    for transition in LIFECYCLE.transitions:
        if transition.target is Next.PREVIOUS:
            assert Role.SYSTEM not in transition.roles
