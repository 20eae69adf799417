"""The whole table over HTTP: every status, every act, every role."""

from typing import Any

import pytest

from shared.schemas.lifecycle import Role
from tests.api.processing_service.conftest import WHY, Handle, Processing
from tests.support.lifecycle_table import STATUSES, TABLE, sees

# action -> (path, body)
ACTS: dict[str, tuple[str, dict[str, Any] | None]] = {
    "assign": ("assignment", {"assignee": "sso|chi"}),
    "claim": ("claim", None),
    "start": ("start", None),
    "request_supplement": ("supplement-request", {"missing": ["giấy phép"], **WHY}),
    "provide_supplement": ("supplement", {"components": [{"component": "giấy phép"}]}),
    "cancel_supplement_request": ("supplement-request-cancellation", WHY),
    "request_payment": ("payment-request", {"items": [{"name": "lệ phí", "amount": 50_000}]}),
    "confirm_payment": ("payment", {"amount": 50_000, "reference": "BL-1"}),
    "request_withdrawal": ("withdrawal-request", {}),
    "approve_withdrawal": ("withdrawal-approval", None),
    "decline_withdrawal": ("withdrawal-refusal", WHY),
    "send_back": ("return", WHY),
    "resolve": ("resolution", {"results": []}),
    "apologise": ("apology", {"promised_on": "2023-05-30", **WHY}),
    "transfer": ("transfer", {"to_agency": "H41.SYT", **WHY}),
    "dispatch": ("dispatch", {}),
    "return_from_post": ("dispatch-return", {}),
    "hand_over": ("hand-over", {"means": "counter"}),
    "undo": ("undo", None),
    "annul": ("annulment", WHY),
}


async def in_status(processing: Processing, status: str) -> Handle:
    """A case that every kind of caller may see at some time."""
    case = await processing.open(foreign_number="G01-000123", channel="postal", has_result=False)
    way: dict[str, list[tuple[str, Role]]] = {
        "accepted": [],
        "processing": [("start", Role.CASE_OFFICER)],
        "awaiting_supplement": [("request_supplement", Role.CASE_OFFICER)],
        "awaiting_payment": [("request_payment", Role.CASE_OFFICER)],
        "withdrawal_requested": [
            ("request_payment", Role.CASE_OFFICER),
            ("request_withdrawal", Role.CITIZEN),
        ],
        "closed_without_result": [("send_back", Role.APPROVER)],
        "resolved": [("resolve", Role.APPROVER)],
        "handed_over": [("resolve", Role.APPROVER), ("hand_over", Role.INTAKE_OFFICER)],
    }
    for action, role in way[status]:
        await case.act(ACTS[action][0], role, ACTS[action][1])
    return case


@pytest.mark.parametrize("status", STATUSES)
async def test_every_act_by_every_role(processing: Processing, status: str) -> None:
    refused = await in_status(processing, status)
    allowed = sorted(action for action, (sources, _, _) in TABLE.items() if status in sources)
    for action, (path, body) in ACTS.items():
        sources, roles, _ = TABLE[action]
        for role in set(Role) - {Role.SYSTEM}:
            expected = 200
            if not sees(role, status):
                expected = 404
            elif status not in sources:
                expected = 409
            elif role not in roles:
                expected = 403
            case = refused if expected != 200 else await in_status(processing, status)
            sent = body
            if expected == 200 and action == "return_from_post":
                await case.act("dispatch", Role.INTAKE_OFFICER, {})
            if expected == 200 and (action, role) == ("hand_over", Role.POSTAL_PARTNER):
                await case.act("dispatch", Role.INTAKE_OFFICER, {})
                sent = {"means": "post", "proof": "EMS-1"}
            answer = await case.try_(path, role, sent)
            assert answer.status_code == expected, (status, action, role, answer.text)
            if expected == 409:
                assert sorted(answer.json()["allowed_actions"]) == allowed
    assert (await refused.see(Role.ADMINISTRATOR))["version"] == refused.version


@pytest.mark.parametrize("status", STATUSES)
async def test_allowed_actions_are_those_that_would_be_granted(processing: Processing, status: str) -> None:
    case = await in_status(processing, status)
    for role in set(Role) - {Role.SYSTEM, Role.STATISTICS_READER, Role.PAYMENT_GATEWAY}:
        if not sees(role, status):
            continue
        expected = {a for a, (sources, roles, _) in TABLE.items() if status in sources and role in roles}
        # The post does not have the result yet.
        expected -= {"return_from_post", "hand_over"} if role is Role.POSTAL_PARTNER else {"return_from_post"}
        seen = await case.see(role, "/allowed-actions")
        assert set(seen["allowed_actions"]) == expected, (status, role)
