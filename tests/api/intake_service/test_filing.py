"""A dossier comes in."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.api.intake_service.conftest import AGENCY, DESK, Intake
from tests.support.clients import problem


async def test_the_counter_files_and_accepts_in_one_call(intake: Intake) -> None:
    answer = await intake.file(await intake.filing())
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["code"] == f"{AGENCY}-230515-0001"
    assert (body["status"], body["version"], body["appointment"]) == ("accepted", 2, "2023-05-22")
    assert answer.headers["ETag"] == '"2"'
    assert body["links"]["case"] == f"/v1/cases/{body['code']}"
    seen = await intake.client.get(answer.headers["Location"], headers=intake.officer)
    assert seen.headers["ETag"] == '"2"'
    assert "Nguyễn" not in seen.text
    history = await intake.client.get(f"{answer.headers['Location']}/history", headers=intake.officer)
    assert [item["event"] for item in history.json()["items"]] == ["filed", "accepted"]


@pytest.mark.parametrize(
    ("decision", "status", "event"),
    [
        (
            {
                "outcome": "request_completion",
                "missing": ["X"],
                "reason_code": "missing_paper",
                "reason": "no X",
            },
            "incomplete",
            "completion_requested",
        ),
        (
            {"outcome": "refuse", "reason_code": "wrong_agency", "reason": "belongs elsewhere"},
            "not_accepted",
            "refused",
        ),
    ],
)
async def test_the_counter_may_also_ask_or_refuse(
    intake: Intake, decision: dict[str, Any], status: str, event: str
) -> None:
    body = await intake.filing()
    if "missing" in decision:
        decision = {**decision, "missing": [body["components"][0]["component"]]}
    answer = await intake.file({**body, "decision": decision})
    assert (answer.json()["status"], answer.json()["event"]) == (status, event)


async def test_online_waits_for_an_officer(intake: Intake) -> None:
    filed = await intake.file_online()
    assert filed.json()["status"] == "submitted"
    seen = await intake.client.get(filed.headers["Location"], headers=intake.citizen())
    assert seen.json()["answer_due_at"] == "2023-05-16T02:00:00Z"
    accepted = await intake.act(filed, "acceptance")
    assert accepted.json()["status"] == "accepted"
    receipt = await intake.client.get(f"{filed.headers['Location']}/receipt", headers=intake.citizen())
    assert receipt.json()["appointment"] == "2023-05-22"


async def test_postal_waits_for_its_arrival(intake: Intake) -> None:
    body = await intake.filing(channel="postal", decision=None)
    filed = await intake.file(body)
    assert problem(await intake.act(filed, "acceptance"))["rule"] == "not-arrived"
    intake.clock.set(intake.clock.now() + timedelta(days=1))
    arrived = await intake.act(filed, "arrival", {"arrived_at": "2023-05-16T08:00:00+07:00"})
    assert arrived.json()["status"] == "submitted"
    accepted = await intake.act(arrived, "acceptance")
    assert accepted.json()["appointment"] == "2023-05-23"


async def test_fifty_identical_filings_are_one_dossier(intake: Intake) -> None:
    body = await intake.filing()
    key = intake.key()
    answers = await asyncio.gather(*(intake.file(body, key=key) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    listed = await intake.client.get("/v1/dossiers", headers=intake.officer)
    assert len(listed.json()["items"]) == 1


async def test_a_key_with_another_body_is_refused(intake: Intake) -> None:
    body = await intake.filing()
    key = intake.key()
    await intake.file(body, key=key)
    other = {**body, "return_by": "post"}
    assert problem(await intake.file(other, key=key))["code"] == "idempotency-key-reused"
    invalid = {**body, "procedure": "9.999999"}
    assert problem(await intake.file(invalid, key=key))["code"] == "idempotency-key-reused"


async def test_a_key_is_its_callers_own(intake: Intake) -> None:
    body = await intake.filing(channel="online", decision=None)
    key = intake.key()
    first = await intake.file(body, by=intake.citizen("an"), key=key)
    second = await intake.file(body, by=intake.citizen("binh"), key=key)
    assert first.json()["code"] != second.json()["code"]


@pytest.mark.parametrize(
    ("change", "status", "rule"),
    [
        ({"procedure": "9.999999"}, 422, "procedure-unknown"),
        ({"procedure": "3.000333"}, 422, "procedure-not-in-force"),
        ({"procedure": "1.003029"}, 422, "duration-unconfirmed"),
        ({"desk": "H41.NOWHERE"}, 403, None),
        ({"case": "no such case"}, 422, "case-unknown"),
        ({"decision": None}, 422, "decision-at-the-counter"),
        ({"components": [{"component": "NOPE"}]}, 422, "component-unknown"),
        ({"components": []}, 422, "components-missing"),
        ({"unknown": 1}, 400, None),
        ({"procedure": 5}, 400, None),
        ({"applicant": {"name": "A", "identity_number": "12"}}, 400, None),
        ({"applicant": {"name": "A\u0000", "identity_number": "040090001234"}}, 400, None),
        ({"applicant": {"name": "A", "identity_number": "1234567890"}}, 400, None),
        ({"channel": "pigeon"}, 400, None),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_filed(
    intake: Intake, change: dict[str, Any], status: int, rule: str | None
) -> None:
    answer = await intake.file({**(await intake.filing()), **change})
    assert answer.status_code == status, answer.text
    found = problem(answer)
    assert found.get("rule") == rule
    listed = await intake.client.get("/v1/dossiers", headers=intake.officer)
    assert listed.json()["items"] == []


async def test_a_digest_that_nobody_uploaded_is_refused(intake: Intake) -> None:
    body = await intake.filing()
    body["components"][0]["digest"] = "0" * 64
    assert problem(await intake.file(body))["rule"] == "content-unknown"


async def test_a_repeated_component_is_refused(intake: Intake) -> None:
    body = await intake.filing()
    body["components"].append(body["components"][0])
    assert problem(await intake.file(body))["rule"] == "component-repeated"


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"\xff\xfe{}",
        b'{"a":' * 10_000,
        b"[" * 10_000 + b"]" * 10_000,
        b'{"procedure": "\\ud800"}',
        b"null",
        b'"x"',
        b"",
        b"1e400",
    ],
)
async def test_what_is_no_json_is_a_400(intake: Intake, raw: bytes) -> None:
    headers = {**intake.officer, **intake.key(), "Content-Type": "application/json"}
    answer = await intake.client.post("/v1/dossiers", content=raw, headers=headers)
    assert answer.status_code == 400, answer.text
    problem(answer)


async def test_a_body_without_end_is_a_413(intake: Intake) -> None:
    headers = {**intake.officer, **intake.key(), "Content-Type": "application/json"}
    answer = await intake.client.post("/v1/dossiers", content=b" " * (21 * 1024 * 1024), headers=headers)
    assert answer.status_code == 413
    problem(answer)


async def test_ten_megabytes_of_json_are_refused_as_malformed(intake: Intake) -> None:
    body = await intake.filing(applicant={"name": "A" * 10_000_000, "identity_number": "040090001234"})
    answer = await intake.file(body)
    assert answer.status_code == 400
    assert len(answer.content) < 2_000


async def test_another_persons_dossier_is_not_there(intake: Intake) -> None:
    filed = await intake.file_online("an")
    url = filed.headers["Location"]
    stranger = await intake.client.get(url, headers=intake.citizen("binh"))
    nothing = await intake.client.get(url.replace("0001", "9999"), headers=intake.citizen("binh"))
    assert (stranger.status_code, stranger.text) == (404, nothing.text)
    acted = await intake.act(filed, "cancellation", by=intake.citizen("binh"))
    assert acted.status_code == 404


async def test_a_token_is_needed(intake: Intake) -> None:
    answer = await intake.client.get("/v1/dossiers")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    forged = await intake.client.get("/v1/dossiers", headers={"Authorization": "Bearer a.b.c"})
    assert problem(forged)["code"] == "unauthenticated"


async def test_filing_names_itself(intake: Intake) -> None:
    answer = await intake.client.post("/v1/dossiers", json=await intake.filing(), headers=intake.officer)
    assert problem(answer)["errors"][0]["pointer"] == "header:Idempotency-Key"


async def test_a_foreign_number_is_filed_once(intake: Intake) -> None:
    body = await intake.filing(foreign_number="000.00.16.H41-230515-0001")
    assert (await intake.file(body)).status_code == 201
    assert problem(await intake.file(body))["code"] == "foreign-number-taken"


async def test_an_applicant_cannot_take_the_portals_number(intake: Intake) -> None:
    answer = await intake.file_online(foreign_number="G01.899-230615-000123")
    assert problem(answer)["rule"] == "foreign-number-not-yours"


async def test_the_public_looks_up_with_a_second_factor(intake: Intake) -> None:
    code = (await intake.file(await intake.filing())).json()["code"]

    async def look_up(ending: str) -> Any:
        return await intake.client.post("/v1/lookups", json={"code": code, "identity_ends_with": ending})

    found = await look_up("1234")
    assert (found.json()["status"], found.json()["appointment"]) == ("accepted", "2023-05-22")
    wrong = await look_up("4321")
    assert wrong.status_code == 404
    answers = [(await look_up("0000")).status_code for _ in range(5)]
    assert answers[-1] == 429

    body = await intake.filing()
    body["applicant"] |= {"identity_kind": "tax_code", "identity_number": "0101234567-001"}
    code = (await intake.file(body)).json()["code"]
    assert (await look_up("-001")).status_code == 200, "the branch of a business"


async def test_desk_is_chosen_where_nobody_names_one(intake: Intake) -> None:
    filed = await intake.file_online(desk=None)
    seen = await intake.client.get(filed.headers["Location"], headers=intake.citizen())
    assert seen.json()["desk"].startswith(DESK[:3])
