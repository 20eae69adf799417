"""Acts in lists: each item stands or falls alone."""

from typing import Any

import pytest

from shared.schemas.lifecycle import Role
from tests.api.processing_service.conftest import WHY, Processing
from tests.support.acceptances import OTHER_AGENCY, accepted_event, code_of
from tests.support.processing_database import open_dossiers


async def bulk(
    processing: Processing, path: str, role: Role, items: list[dict[str, Any]], **headers: str
) -> Any:
    answer = await processing.client.post(
        f"/v1/cases/bulk/{path}",
        json={"items": items},
        headers={**processing.as_(role), **{name.replace("_", "-"): v for name, v in headers.items()}},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_five_hundred_cases_from_start_to_hand_over(processing: Processing) -> None:
    now = processing.clock.now()
    codes = [code_of(number, now) for number in range(500)]
    await open_dossiers(processing.engine, [accepted_event(code, accepted_at=now) for code in codes])
    (digest,) = await processing.upload(b"result")
    rounds: list[tuple[str, Role, dict[str, Any], str]] = [
        ("start", Role.CASE_OFFICER, {}, "processing"),
        ("resolution", Role.APPROVER, {"results": [digest]}, "resolved"),
        ("dispatch", Role.INTAKE_OFFICER, {}, "resolved"),
        ("hand-over", Role.POSTAL_PARTNER, {"means": "post", "proof": "EMS-1"}, "handed_over"),
    ]
    for version, (path, role, what, status) in enumerate(rounds, start=2):
        items = [{"code": code, "version": version, **what} for code in codes]
        outcomes = await bulk(processing, path, role, items)
        assert [outcome["code"] for outcome in outcomes] == codes
        assert {(o["status"], o["answer"]["status"], o["answer"]["version"]) for o in outcomes} == {
            (200, status, version + 1)
        }


async def test_every_item_has_its_own_outcome(processing: Processing) -> None:
    fine, stale, decided = [await processing.open() for _ in range(3)]
    await decided.act("return", Role.APPROVER, WHY)
    theirs = code_of(500, processing.clock.now(), OTHER_AGENCY)
    await open_dossiers(
        processing.engine,
        [accepted_event(theirs, accepted_at=processing.clock.now(), agency=OTHER_AGENCY)],
    )
    items = [
        {"code": fine.code, "version": 2, **WHY},
        {"code": stale.code, "version": 1, **WHY},
        {"code": decided.code, "version": decided.version, **WHY},
        {"code": theirs, "version": 2, **WHY},
        {"code": fine.code, "version": 2, **WHY},
    ]
    outcomes = await bulk(processing, "return", Role.APPROVER, items)
    assert [outcome["status"] for outcome in outcomes] == [200, 412, 409, 404, 412]
    assert "allowed_actions" in outcomes[2]["problem"]
    assert outcomes[3]["problem"]["code"] == "not-found"
    assert (await fine.see())["status"] == "closed_without_result"


async def test_a_repeated_list_is_answered_as_the_first_time(processing: Processing) -> None:
    cases = [await processing.open() for _ in range(3)]
    items = [{"code": case.code, "version": 2} for case in cases]
    key = {"Idempotency_Key": "the-same-list"}
    first = await bulk(processing, "start", Role.CASE_OFFICER, items, **key)
    again = await bulk(processing, "start", Role.CASE_OFFICER, items, **key)
    assert [item["status"] for item in first] == [200] * 3
    assert again == first
    other = await bulk(processing, "start", Role.CASE_OFFICER, items[:1], **key)
    assert [item["problem"]["code"] for item in other] == ["idempotency-key-reused"]


async def test_a_merger_moves_cases(processing: Processing) -> None:
    cases = [await processing.open() for _ in range(2)]
    items = [{"code": case.code, "version": 2, "to_agency": OTHER_AGENCY, **WHY} for case in cases]
    assert [o["status"] for o in await bulk(processing, "transfer", Role.APPROVER, items)] == [403, 403]
    assert [o["status"] for o in await bulk(processing, "transfer", Role.ADMINISTRATOR, items)] == [200, 200]


@pytest.mark.parametrize("count", [0, 501])
async def test_a_list_has_one_to_five_hundred_items(processing: Processing, count: int) -> None:
    items = [{"code": code_of(number, processing.clock.now()), "version": 2} for number in range(count)]
    answer = await processing.client.post(
        "/v1/cases/bulk/start", json={"items": items}, headers=processing.as_(Role.CASE_OFFICER)
    )
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/items"
