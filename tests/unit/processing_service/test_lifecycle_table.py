"""The whole table: every status, every action, every role. The expectation is written from the rules of the
domain, not from the code."""

from datetime import date

import pytest

from services.processing_service.application import intents
from services.processing_service.application.intents import Intent
from services.processing_service.domain.lifecycle import LIFECYCLE
from services.processing_service.domain.payments import FeeItem
from shared.errors import ForbiddenError, NotFoundError, RuleViolationError, StateConflictError
from shared.events.dossier import ComponentCopy
from shared.schemas.lifecycle import Action, DossierStatus, HandOverMeans, Role
from tests.support.cases import Life, accepted, digest_of
from tests.support.lifecycle_table import REASONED, STATUSES, TABLE, sees

RESULT = digest_of("result")
WHY = ("for_the_test", "Vì bài kiểm tra")

INTENTS: dict[str, Intent] = {
    "assign": intents.assign("chi"),
    "claim": intents.claim(),
    "start": intents.start(),
    "request_supplement": intents.request_supplement(["giấy phép"], None, *WHY),
    "provide_supplement": intents.provide_supplement([ComponentCopy(component="giấy phép", digest=RESULT)]),
    "cancel_supplement_request": intents.cancel_supplement_request(*WHY),
    "request_payment": intents.request_payment([FeeItem(name="lệ phí", amount=50_000)]),
    "confirm_payment": intents.confirm_payment(50_000, "BL-1", None),
    "request_withdrawal": intents.request_withdrawal(None),
    "approve_withdrawal": intents.approve_withdrawal(),
    "decline_withdrawal": intents.decline_withdrawal(*WHY),
    "send_back": intents.send_back(*WHY),
    "resolve": intents.resolve([RESULT]),
    "apologise": intents.apologise(date(2023, 5, 30), *WHY),
    "transfer": intents.transfer("H41.SYT", *WHY),
    "dispatch": intents.dispatch("vnpost"),
    "return_from_post": intents.return_from_post(None, None),
    "hand_over": intents.hand_over(HandOverMeans.COUNTER, None),
    "undo": intents.undo_decision(),
    "annul": intents.annul_decision(*WHY),
    "recompute": intents.recompute(),
}


def life(status: str) -> tuple[Life, str]:  # noqa: PLR0911 - one way into each status
    """A case in `status` that every kind of caller may see, and the status it was in before."""
    begun = accepted(foreign_number="G01-000123", channel="postal")
    match status:
        case "accepted":
            return begun, ""
        case "processing":
            return begun.does(Role.CASE_OFFICER, INTENTS["start"]), ""
        case "awaiting_supplement":
            return begun.does(Role.CASE_OFFICER, INTENTS["request_supplement"]), "accepted"
        case "awaiting_payment":
            return begun.does(Role.CASE_OFFICER, INTENTS["request_payment"]), "accepted"
        case "withdrawal_requested":
            begun.does(Role.CASE_OFFICER, INTENTS["request_payment"])
            return begun.does(Role.CITIZEN, INTENTS["request_withdrawal"]), "awaiting_payment"
        case "closed_without_result":
            return begun.does(Role.APPROVER, INTENTS["send_back"]), "accepted"
        case "resolved":
            return begun.does(Role.APPROVER, INTENTS["resolve"]), "accepted"
        case _:
            begun.does(Role.APPROVER, INTENTS["resolve"])
            return begun.does(Role.INTAKE_OFFICER, INTENTS["hand_over"]), ""


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("action", sorted(TABLE))
def test_who_may_do_what_in_which_status(status: str, action: str) -> None:
    sources, roles, target = TABLE[action]
    for role in Role:
        case, before = life(status)
        if action == "hand_over" and role is Role.POSTAL_PARTNER:
            attempt = intents.hand_over(HandOverMeans.POST, "EMS-1")
            if status == "resolved":
                case.does(Role.INTAKE_OFFICER, INTENTS["dispatch"])
        elif action == "hand_over" and role is Role.SYSTEM:
            attempt = intents.hand_over(HandOverMeans.ONLINE, None)
        else:
            attempt = INTENTS[action]
        if action == "return_from_post" and status == "resolved":
            case.does(Role.INTAKE_OFFICER, INTENTS["dispatch"])
        version = case.case.version
        expected: type[Exception] | None = None
        if not sees(role.value, status):
            expected = NotFoundError
        elif status not in sources:
            expected = StateConflictError
        elif role.value not in roles:
            expected = ForbiddenError
        if expected is None:
            # Only the one who decided may undo, or a supervisor: the approver of these tests did decide.
            case.does(role, attempt)
            after = {"=": status, "<": before}.get(target, target)
            assert case.case.status == after, (role, action, status)
            assert case.events[-1].status_before == status
            assert case.events[-1].status_after == after
            assert case.events[-1].action == action
        else:
            with pytest.raises(expected):
                case.does(role, attempt)
            assert case.case.version == version


def test_the_table_has_these_rows_and_no_others() -> None:
    assert {row.action.value for row in LIFECYCLE.transitions} == set(TABLE)
    assert {row.action.value for row in LIFECYCLE.transitions if row.reason_required} == REASONED


@pytest.mark.parametrize("status", STATUSES)
def test_a_refused_action_says_what_is_allowed(status: str) -> None:
    case, _ = life(status)
    allowed = {action for action, (sources, _, _) in TABLE.items() if status in sources}
    refused = Action.START if "start" not in allowed else Action.HAND_OVER
    with pytest.raises(StateConflictError) as conflict:
        case.does(Role.CASE_OFFICER, INTENTS[refused])
    assert set(conflict.value.extra["allowed_actions"]) == allowed
    assert LIFECYCLE.find(DossierStatus(status), refused) is None


@pytest.mark.parametrize("action", sorted(REASONED))
def test_an_act_that_needs_a_reason_writes_it_down(action: str) -> None:
    status = next(status for status in STATUSES if status in TABLE[action][0])
    case, _ = life(status)
    by = Role(max(TABLE[action][1]))
    case.does(by, INTENTS[action])
    assert case.events[-1].reason_code == WHY[0]
    assert case.entries[-1].reason == WHY[1]


def test_a_second_supplement_request_is_the_supervisors() -> None:
    case = accepted().does(Role.CASE_OFFICER, INTENTS["request_supplement"])
    case.does(Role.CITIZEN, INTENTS["provide_supplement"])
    with pytest.raises(ForbiddenError):
        case.does(Role.CASE_OFFICER, INTENTS["request_supplement"])
    case.does(Role.SUPERVISOR, INTENTS["request_supplement"])
    assert case.case.supplement_requests == 2


def test_rules_come_after_the_role() -> None:
    case = accepted()
    with pytest.raises(ForbiddenError):
        case.does(Role.CASE_OFFICER, intents.resolve([]))
    with pytest.raises(RuleViolationError):
        case.does(Role.APPROVER, intents.resolve([]))
