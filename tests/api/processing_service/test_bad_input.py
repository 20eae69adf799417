"""What is wrong with a request is named, and nothing changes."""

import json
from typing import Any

import pytest

from shared.schemas.lifecycle import Role
from tests.api.processing_service.conftest import WHY, Processing
from tests.support.clients import problem

ASK = {"missing": ["giấy phép"], **WHY}


WRONG_SHAPES: list[tuple[str, Any, str]] = [
    ("supplement-request", {**ASK, "extra": 1}, "/extra"),
    ("supplement-request", {**ASK, "missing": []}, "/missing"),
    ("supplement-request", {**ASK, "missing": ["x"] * 51}, "/missing"),
    ("supplement-request", {**ASK, "missing": ["x" * 201]}, "/missing/0"),
    ("supplement-request", {**ASK, "missing": ["  "]}, "/missing/0"),
    ("supplement-request", {**ASK, "missing": ["a\x00b"]}, "/missing/0"),
    ("supplement-request", {**ASK, "missing": "giấy phép"}, "/missing"),
    ("supplement-request", {**ASK, "respond_by": "soon"}, "/respond_by"),
    ("supplement-request", {**ASK, "respond_by": "10000-01-01"}, "/respond_by"),
    ("supplement-request", {**ASK, "reason": "x" * 2001}, "/reason"),
    ("supplement-request", {**ASK, "reason": "\x07"}, "/reason"),
    ("supplement-request", {**ASK, "reason_code": "Không đủ"}, "/reason_code"),
    ("supplement-request", {"missing": ["a"]}, "/reason_code"),
    ("supplement", {"components": [{"component": "a", "digest": "abc"}]}, "/components/0/digest"),
    ("supplement", {"components": [{"component": "a", "file": "x"}]}, "/components/0/file"),
    ("payment-request", {"items": [{"name": "a", "amount": 0}]}, "/items/0/amount"),
    ("payment-request", {"items": [{"name": "a", "amount": 1.5}]}, "/items/0/amount"),
    ("payment-request", {"items": [{"name": "a", "amount": 10**30}]}, "/items/0/amount"),
    ("payment", {"amount": 1, "reference": "a b"}, "/reference"),
    ("payment", {"amount": 1, "reference": "B1", "effective_at": "2023-05-15T09:00"}, "/effective_at"),
    ("payment", {"amount": 1, "reference": "B1", "effective_at": 9e99}, "/effective_at"),
    ("resolution", {"results": ["A" * 64]}, "/results/0"),
    ("resolution", {"results": ["a" * 64] * 21}, "/results"),
    ("apology", {"promised_on": "2023-02-30", **WHY}, "/promised_on"),
    ("transfer", {"to_agency": "h41", **WHY}, "/to_agency"),
    ("dispatch", {"partner": "VN POST"}, "/partner"),
    ("hand-over", {"means": "pigeon"}, "/means"),
    ("hand-over", {}, "/means"),
    ("annulment", {"reason_code": "mistake"}, "/reason"),
    ("return", {**WHY, "reason": None}, "/reason"),
    ("return", [WHY], "/"),
    ("return", None, "/"),
    ("assignment", {"assignee": "has space"}, "/assignee"),
]


async def test_a_wrong_shape_is_named(processing: Processing) -> None:
    case = await processing.open()
    for path, body, pointer in WRONG_SHAPES:
        answer = await raw(processing, case.code, path, json.dumps(body).encode())
        assert answer.status_code == 400, (path, body, answer.text)
        assert problem(answer)["errors"][0]["pointer"] == pointer, (path, body)
    assert (await case.see())["version"] == case.version


NO_SUCH_JSON = [
    b"",
    b"{",
    b"\xff\xfe{\x00}\x00",
    '{"reason_code": "mistake", "reason": "lỗi"}'.encode("utf-16"),
    '{"reason_code": "mistake", "reason": "đổi"}'.encode("cp1258", errors="ignore"),
    b'{"reason_code": "mistake", "reason": NaN}',
    b"[" * 10_000 + b"]" * 10_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b'{"reason_code": "mistake", "reason": "' + b"x" * 10_000_000 + b'"}',
    b"1" * 5_000,
    b'{"reason_code": "mistake", "reason": "\\ud800"}',
]


async def test_a_body_that_is_no_such_json(processing: Processing) -> None:
    case = await processing.open()
    for content in NO_SUCH_JSON:
        answer = await raw(processing, case.code, "return", content)
        assert answer.status_code == 400, content[:80]
        problem(answer)
    assert (await case.see())["version"] == case.version


async def test_a_body_that_is_too_large(processing: Processing) -> None:
    case = await processing.open()
    answer = await raw(processing, case.code, "return", b" " * (21 * 1024 * 1024))
    assert answer.status_code == 413
    problem(answer)


WRONG_ADDRESSES = [
    "/v1/cases/nothing",
    "/v1/cases/H41.SCT-230515-1",
    "/v1/cases/H41.SCT-230515-0001%00",
    "/v1/cases/h41.sct-230515-0001",
    "/v1/cases?status=lost",
    "/v1/cases?overdue=perhaps",
    "/v1/cases?agency=h41",
    "/v1/cases?assignee=%00",
    "/v1/cases?limit=0",
    "/v1/cases?colour=red",
    "/v1/cases?limit=201",
    "/v1/cases?cursor=nonsense",
    "/v1/cases?cursor=WzFd",
    "/v1/cases/H41.SCT-230515-0001/history?after=-1",
    "/v1/cases/H41.SCT-230515-0001/history?after=99999999999999",
    "/v1/cases/H41.SCT-230515-0001/personal-data-reads?after=9999999999999999999",
]


async def test_a_wrong_address(processing: Processing) -> None:
    for path in WRONG_ADDRESSES:
        answer = await processing.client.get(path, headers=processing.as_(Role.ADMINISTRATOR))
        assert answer.status_code == 400, (path, answer.text)
        problem(answer)


@pytest.mark.parametrize("day", ["000000", "999999", "230230"])
async def test_a_code_with_a_day_that_is_none(processing: Processing, day: str) -> None:
    administrator = processing.as_(Role.ADMINISTRATOR)
    for part in ("", "/history", "/applicant"):
        answer = await processing.client.get(f"/v1/cases/H41.SCT-{day}-0001{part}", headers=administrator)
        assert answer.status_code == 404
    sent = {**processing.as_(Role.SUPERVISOR), "If-Match": '"2"', **processing.key()}
    path = f"/v1/cases/H41.SCT-{day}-0001/assignment"
    answer = await processing.client.post(path, json={"assignee": "chi"}, headers=sent)
    assert answer.status_code == 404


@pytest.mark.parametrize("key", ["short", "x" * 129, "with space"])
async def test_a_key_that_is_none(processing: Processing, key: str) -> None:
    case = await processing.open()
    answer = await case.try_("start", Role.CASE_OFFICER, Idempotency_Key=key)
    assert answer.status_code == 400
    assert problem(answer)["errors"][0]["pointer"] == "header:Idempotency-Key"


async def test_documents_that_are_none(processing: Processing) -> None:
    officer = processing.as_(Role.CASE_OFFICER)
    empty = await processing.client.post(
        "/v1/cases/contents", files=[("files", ("a.pdf", b""))], headers=officer
    )
    assert (empty.status_code, problem(empty)["rule"]) == (422, "empty-file")
    many = await processing.client.post(
        "/v1/cases/contents",
        files=[("files", (f"{i}.pdf", b"x")) for i in range(21)],
        headers=officer,
    )
    assert (many.status_code, problem(many)["rule"]) == (422, "too-many-files")
    for nothing in ({}, {"files": [("files", (None, "text"))]}, {"files": [("others", ("a.pdf", b"x"))]}):
        answer = await processing.client.post("/v1/cases/contents", headers=officer, **nothing)
        assert answer.status_code == 400
        assert problem(answer)["errors"][0]["pointer"].startswith("/files")


async def test_a_rule_that_is_broken_is_named(processing: Processing) -> None:
    case = await processing.open()
    unknown = await case.try_("resolution", Role.APPROVER, {"results": ["0" * 64]})
    assert unknown.status_code == 422
    assert (problem(unknown)["field"], problem(unknown)["rule"]) == ("/results/0", "content-unknown")
    vietnamese = await case.try_("resolution", Role.APPROVER, {}, Accept_Language="vi")
    assert problem(vietnamese)["title"] == "Vi phạm quy tắc nghiệp vụ"


async def test_only_what_the_procedure_knows_is_asked_for(processing: Processing) -> None:
    case = await processing.open(asks_for=["don", "giấy phép"])
    unknown = await case.try_("supplement-request", Role.CASE_OFFICER, {**ASK, "missing": ["don", "con dấu"]})
    assert unknown.status_code == 422
    assert (problem(unknown)["field"], problem(unknown)["rule"]) == ("/missing/1", "component-unknown")
    assert await case.act("supplement-request", Role.CASE_OFFICER, ASK) == "awaiting_supplement"
    other = await case.try_("supplement", Role.CITIZEN, {"components": [{"component": "don"}]})
    assert (problem(other)["field"], problem(other)["rule"]) == (
        "/components/0/component",
        "component-unknown",
    )


async def test_a_year_without_a_calendar(processing: Processing) -> None:
    processing.at("2029-12-30")
    case = await processing.open(days=200)
    await case.act("supplement-request", Role.CASE_OFFICER, ASK)
    processing.at("2030-06-01")
    given = {"components": [{"component": "giấy phép"}]}
    answer = await case.try_("supplement", Role.CITIZEN, given)
    assert (answer.status_code, problem(answer)["code"]) == (422, "calendar-year-missing")
    assert (await case.see())["status"] == "awaiting_supplement"


async def raw(processing: Processing, code: str, path: str, content: bytes) -> Any:
    """A body as it stands."""
    headers = {
        **processing.as_(Role.APPROVER),
        **processing.key(),
        "If-Match": '"2"',
        "Content-Type": "application/json",
    }
    return await processing.client.post(f"/v1/cases/{code}/{path}", content=content, headers=headers)
