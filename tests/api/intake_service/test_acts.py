"""What happens to a dossier between filing and acceptance, over HTTP."""

import asyncio
from datetime import timedelta

import pytest
from httpx2 import Response

from shared.schemas.lifecycle import Role
from tests.api.intake_service.conftest import AGENCY, Intake
from tests.support.clients import problem

REASON = {"reason_code": "wrong_agency", "reason": "belongs to another agency"}


async def _incomplete(intake: Intake, filed: Response) -> Response:
    missing = {
        "missing": [await _first_component(intake, filed)],
        "reason_code": "unreadable",
        "reason": "blurred",
    }
    asked = await intake.act(filed, "completion-request", missing)
    assert asked.json()["status"] == "incomplete", asked.text
    return asked


async def _first_component(intake: Intake, filed: Response) -> str:
    seen = await intake.client.get(f"/v1/dossiers/{filed.json()['code']}", headers=intake.officer)
    code: str = seen.json()["components"][0]["component"]
    return code


async def test_completion_brings_it_back_with_new_working_hours(intake: Intake) -> None:
    asked = await _incomplete(intake, await intake.file_online())
    seen = await intake.client.get(f"/v1/dossiers/{asked.json()['code']}", headers=intake.citizen())
    assert seen.json()["lapses_on"] == "2023-06-14"
    intake.clock.set(intake.clock.now() + timedelta(days=2))
    (digest,) = await intake.upload(b"a better scan")
    component = {"component": seen.json()["missing"][0], "digest": digest}
    completed = await intake.act(asked, "completion", {"components": [component]}, by=intake.citizen())
    assert completed.json()["status"] == "submitted"
    after = await intake.client.get(f"/v1/dossiers/{asked.json()['code']}", headers=intake.citizen())
    assert after.json()["answer_due_at"] == "2023-05-18T02:00:00Z"
    assert (after.json()["missing"], after.json()["lapses_on"]) == ([], None)
    accepted = await intake.act(completed, "acceptance")
    assert accepted.json()["appointment"] == "2023-05-24"


async def test_completion_must_bring_what_was_asked_for(intake: Intake) -> None:
    asked = await _incomplete(intake, await intake.file_online())
    other = {"components": [{"component": "something else"}]}
    assert problem(await intake.act(asked, "completion", other))["rule"] == "component-unknown"


async def test_completion_brings_each_component_once(intake: Intake) -> None:
    asked = await _incomplete(intake, await intake.file_online())
    component = {"component": await _first_component(intake, asked)}
    twice = problem(await intake.act(asked, "completion", {"components": [component, component]}))
    assert (twice["field"], twice["rule"]) == ("/components/1/component", "component-repeated")


async def test_only_what_the_procedure_knows_is_asked_for(intake: Intake) -> None:
    unknown = {"missing": ["a lion"], "reason_code": "unreadable", "reason": "blurred"}
    filed = await intake.file_online()
    refused = problem(await intake.act(filed, "completion-request", unknown))
    assert (refused["field"], refused["rule"]) == ("/missing/0", "component-unknown")
    decision = {"outcome": "request_completion", **unknown}
    at_the_counter = await intake.file(await intake.filing(decision=decision))
    assert at_the_counter.status_code == 422
    refused = problem(at_the_counter)
    assert (refused["field"], refused["rule"]) == ("/decision/missing/0", "component-unknown")


async def test_a_refusal_is_undone_inside_the_window(intake: Intake) -> None:
    filed = await intake.file_online()
    refused = await intake.act(filed, "refusal", REASON)
    assert refused.json()["status"] == "not_accepted"
    other = intake.tokens.headers(Role.INTAKE_OFFICER, subject="other", desk="H41.TTPVHCC")
    assert (await intake.act(refused, "undo", by=other)).status_code == 403
    intake.clock.set(intake.clock.now() + timedelta(minutes=30))
    undone = await intake.act(refused, "undo")
    assert (undone.json()["status"], undone.json()["event"]) == ("submitted", "annulled")
    assert (await intake.act(undone, "acceptance")).json()["status"] == "accepted"


async def test_later_only_a_supervisor_annuls_it(intake: Intake) -> None:
    refused = await intake.act(await intake.file_online(), "refusal", REASON)
    intake.clock.set(intake.clock.now() + timedelta(minutes=30, seconds=1))
    assert problem(await intake.act(refused, "undo"))["rule"] == "undo-window-passed"
    assert (await intake.act(refused, "annulment", REASON)).status_code == 403
    supervisor = intake.tokens.headers(Role.SUPERVISOR, agency=AGENCY)
    assert (await intake.act(refused, "annulment", {}, by=supervisor)).status_code == 400
    annulled = await intake.act(refused, "annulment", REASON, by=supervisor)
    assert annulled.json()["status"] == "submitted"


async def test_a_cancellation_is_not_undone(intake: Intake) -> None:
    cancelled = await intake.act(await intake.file_online(), "cancellation", by=intake.citizen())
    assert cancelled.json()["status"] == "not_accepted"
    assert problem(await intake.act(cancelled, "undo"))["rule"] == "not-a-refusal"


async def test_an_act_the_status_does_not_allow_says_what_is_allowed(intake: Intake) -> None:
    accepted = await intake.file(await intake.filing())
    refused = await intake.act(accepted, "refusal", REASON)
    assert problem(refused)["allowed_actions"] == []
    incomplete = await _incomplete(intake, await intake.file_online())
    answer = await intake.act(incomplete, "acceptance")
    assert answer.status_code == 409
    assert set(problem(answer)["allowed_actions"]) == {"complete", "refuse", "cancel", "lapse"}


@pytest.mark.parametrize(
    ("header", "status"), [(None, 428), ('"9"', 412), ("9", 400), ('W/"1"', 400), ('"x"', 400), ("*", 400)]
)
async def test_every_change_names_its_version(intake: Intake, header: str | None, status: int) -> None:
    filed = await intake.file_online()
    headers = {**intake.officer, **({"If-Match": header} if header else {})}
    url = f"/v1/dossiers/{filed.json()['code']}/acceptance"
    answer = await intake.client.post(url, headers=headers)
    assert answer.status_code == status
    problem(answer)


async def test_of_two_who_decide_at_once_one_is_late(intake: Intake) -> None:
    filed = await intake.file_online()
    answers = await asyncio.gather(
        intake.act(filed, "acceptance"),
        intake.act(filed, "cancellation", by=intake.citizen()),
        intake.act(filed, "refusal", REASON),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]


async def test_an_act_sent_again_is_done_once(intake: Intake) -> None:
    filed = await intake.file_online()
    key = intake.key()
    answers = await asyncio.gather(*(intake.act(filed, "acceptance", key=key) for _ in range(20)))
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
    history = await intake.client.get(f"/v1/dossiers/{filed.json()['code']}/history", headers=intake.officer)
    assert len(history.json()["items"]) == 2


async def test_bulk_acceptance_answers_each(intake: Intake) -> None:
    codes = [(await intake.file_online(str(n))).json()["code"] for n in range(3)]
    items = [{"code": code, "version": 1} for code in codes]
    items[1]["version"] = 7
    items.append({"code": "H41.SCT-230515-9999", "version": 1})
    answer = await intake.client.post("/v1/bulk/acceptance", json={"items": items}, headers=intake.officer)
    assert [item["status"] for item in answer.json()["items"]] == [200, 412, 200, 404]
    assert answer.json()["items"][0]["answer"]["status"] == "accepted"
    assert answer.json()["items"][1]["problem"]["code"] == "stale-version"


async def test_lists_are_whole_and_in_order_page_by_page(intake: Intake) -> None:
    codes = [(await intake.file_online("an")).json()["code"] for _ in range(5)]
    await intake.file_online("binh")
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        params: dict[str, str | int] = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = await intake.client.get("/v1/dossiers", params=params, headers=intake.citizen("an"))
        seen += [item["code"] for item in page.json()["items"]]
        cursor = page.json()["next"]
    assert seen == codes


@pytest.mark.parametrize(
    "cursor", ["x", "W10", "WzEsMl0", "WzFlMzAsImEiXQ", "WzEwMDAwMDAwMDAwMDAwMDAwMDAwMCwgImEiXQ"]
)
async def test_a_cursor_that_is_not_ours_is_a_400(intake: Intake, cursor: str) -> None:
    answer = await intake.client.get("/v1/dossiers", params={"cursor": cursor}, headers=intake.citizen())
    assert answer.status_code == 400
    problem(answer)


async def test_an_arrival_is_never_in_the_future_nor_before_the_filing(intake: Intake) -> None:
    filed = await intake.file(await intake.filing(channel="postal", decision=None))
    for moment, rule in [
        ("2023-05-15T09:00:01+07:00", "in-the-future"),
        ("2023-05-15T08:59:59+07:00", "before-filing"),
    ]:
        answer = await intake.act(filed, "arrival", {"arrived_at": moment})
        assert problem(answer)["rule"] == rule
    naive = await intake.act(filed, "arrival", {"arrived_at": "2023-05-15T09:00:00"})
    assert naive.status_code == 400
    arrived = await intake.act(filed, "arrival", {})
    assert problem(await intake.act(arrived, "arrival", {}))["rule"] == "already-arrived"


@pytest.mark.parametrize(
    ("role", "place", "status"),
    [
        (Role.CITIZEN, {}, 404),
        (Role.INTAKE_OFFICER, {"desk": "H41.TTPVHCC"}, 200),
        (Role.INTAKE_OFFICER, {"desk": "H41.NONE"}, 404),
        (Role.CASE_OFFICER, {"agency": AGENCY}, 403),
        (Role.CASE_OFFICER, {"agency": "H41.SYT"}, 404),
        (Role.APPROVER, {"agency": AGENCY}, 403),
        (Role.SUPERVISOR, {"agency": AGENCY}, 403),
        (Role.SUPERVISOR, {}, 404),
        (Role.ADMINISTRATOR, {}, 403),
        (Role.PORTAL, {}, 404),
        (Role.POSTAL_PARTNER, {}, 404),
        (Role.PAYMENT_GATEWAY, {}, 404),
        (Role.STATISTICS_READER, {}, 404),
    ],
)
async def test_who_may_accept(intake: Intake, role: Role, place: dict[str, str], status: int) -> None:
    filed = await intake.file_online()
    by = intake.tokens.headers(role, subject="somebody", **place)
    assert (await intake.act(filed, "acceptance", by=by)).status_code == status
