"""The working calendar over HTTP."""

import asyncio
from typing import Any

import pytest
from httpx2 import Response

from shared.schemas.lifecycle import Role
from tests.api.intake_service.conftest import Intake
from tests.support.clients import problem

_DAY_OFF = {"kind": "holiday", "name": "Ngày nghỉ của tỉnh"}


def _on(day: str, **more: Any) -> dict[str, Any]:
    return {"date": day, **_DAY_OFF, **more}


def _admin(intake: Intake) -> dict[str, str]:
    return intake.tokens.headers(Role.ADMINISTRATOR)


async def _put(intake: Intake, path: str, body: Any, etag: str = '"1"') -> Response:
    headers = {**_admin(intake), "If-Match": etag}
    return await intake.client.put(f"/v1/calendar/{path}", json=body, headers=headers)


async def _state(intake: Intake, year: int = 2023) -> dict[str, Any]:
    answer = await intake.client.get(f"/v1/calendar/{year}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert answer.headers["ETag"] == f'"{body["version"]}"'
    return body


async def test_a_year_is_there_for_everybody(intake: Intake) -> None:
    year = await _state(intake)
    assert (year["version"], year["year"], year["state"]) == (1, 2023, "decided")
    assert ("2023-09-04", "holiday") in [(day["date"], day["kind"]) for day in year["days"]]
    assert (await _state(intake, 2028))["state"] == "provisional"
    assert problem(await intake.client.get("/v1/calendar/2050"))["status"] == 404
    assert problem(await intake.client.get("/v1/calendar/1"))["status"] == 400


async def test_a_day_off_moves_the_appointments_given_from_then_on(intake: Intake) -> None:
    before = await intake.file(await intake.filing())
    answer = await _put(intake, "days/2023-05-18", _DAY_OFF)
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == '"2"'
    assert {"date": "2023-05-18", **_DAY_OFF} in answer.json()["days"]
    after = await intake.file(await intake.filing())
    assert (before.json()["appointment"], after.json()["appointment"]) == ("2023-05-22", "2023-05-23")

    headers = {**_admin(intake), "If-Match": '"2"'}
    removed = await intake.client.delete("/v1/calendar/days/2023-05-18", headers=headers)
    assert removed.json()["version"] == 3
    assert removed.json()["days"] == [day for day in answer.json()["days"] if day["date"] != "2023-05-18"]
    gone = await intake.client.delete(
        "/v1/calendar/days/2023-05-18", headers={**_admin(intake), "If-Match": '"3"'}
    )
    assert problem(gone)["status"] == 404


async def test_a_swap_is_one_edit_of_a_year(intake: Intake) -> None:
    year = await _state(intake)
    days = [
        *year["days"],
        {"date": "2023-05-22", "kind": "swapped_day_off", "name": "Nghỉ hoán đổi"},
        {"date": "2023-05-27", "kind": "makeup_working_day", "name": "Làm bù"},
    ]
    answer = await _put(intake, "years/2023", {"state": "decided", "days": days})
    assert answer.json()["version"] == 2
    assert (await intake.file(await intake.filing())).json()["appointment"] == "2023-05-23"


async def test_the_year_after_the_last_is_added_and_decided(intake: Intake) -> None:
    body = {"state": "provisional", "days": [{"date": "2031-01-01", "kind": "holiday", "name": "Tết"}]}
    assert (await _put(intake, "years/2031", body)).json()["version"] == 2
    url = "/v1/calendar/years/2031/decision"
    decided = await intake.client.post(url, headers={**_admin(intake), "If-Match": '"2"'})
    assert (decided.json()["version"], decided.json()["state"]) == (3, "decided")
    twice = await intake.client.post(url, headers={**_admin(intake), "If-Match": '"3"'})
    assert problem(twice)["status"] == 409
    gap = await _put(intake, "years/2035", {"state": "provisional", "days": []}, '"3"')
    assert problem(gap)["rule"] == "calendar-years-not-consecutive"
    unknown = await intake.client.post(
        "/v1/calendar/years/2050/decision", headers={**_admin(intake), "If-Match": '"3"'}
    )
    assert problem(unknown)["status"] == 404


async def test_what_changes_nothing_publishes_nothing(intake: Intake) -> None:
    assert (await _put(intake, "days/2023-05-18", _DAY_OFF)).json()["version"] == 2
    assert (await _put(intake, "days/2023-05-18", _DAY_OFF, '"2"')).json()["version"] == 2


async def test_of_concurrent_edits_one_wins(intake: Intake) -> None:
    answers = await asyncio.gather(*(_put(intake, f"days/2023-07-{day}", _DAY_OFF) for day in range(10, 18)))
    assert sorted(answer.status_code for answer in answers) == [200, *[412] * 7]
    assert (await _state(intake))["version"] == 2


@pytest.mark.parametrize(
    ("path", "body", "status", "named"),
    [
        ("days/2023-05-18", {**_DAY_OFF, "kind": "party"}, 400, "/kind"),
        ("days/2023-05-18", {**_DAY_OFF, "name": "\x00"}, 400, "/name"),
        ("days/2023-05-18", {**_DAY_OFF, "note": ""}, 400, "/note"),
        ("days/2023-02-30", _DAY_OFF, 400, "path:day"),
        ("days/2050-05-18", _DAY_OFF, 404, None),
        ("days/2023-05-18", {"kind": "makeup_working_day", "name": "Thứ Năm"}, 422, "/kind"),
        ("years/2023", {"state": "decided", "days": [_on("2024-01-01")]}, 422, "/days"),
        ("years/2023", {"state": "decided", "days": [_on("2023-01-02")] * 2}, 422, "/days"),
        ("years/2023", {"state": "decided", "days": [_on("2023-01-02", x=1)]}, 400, "/days/0/x"),
        ("years/2023", {"state": "maybe", "days": []}, 400, "/state"),
        ("years/2035", {"state": "decided", "days": []}, 422, "path:year"),
        ("years/2023.0", {"state": "decided", "days": []}, 400, "path:year"),
        ("years/+2023", {"state": "decided", "days": []}, 400, "path:year"),
        ("years/20_23", {"state": "decided", "days": []}, 400, "path:year"),
    ],
)
async def test_bad_edits_are_named_and_change_nothing(
    intake: Intake, path: str, body: Any, status: int, named: str | None
) -> None:
    found = problem(await _put(intake, path, body))
    assert found["status"] == status, found
    assert named in [found.get("field"), *(error["pointer"] for error in found.get("errors", []))]
    assert (await _state(intake))["version"] == 1


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"[" * 10_000, b'{"kind": NaN}', b"", b'{"kind": "\\ud800"}'])
async def test_bytes_that_are_no_edit_are_malformed(intake: Intake, raw: bytes) -> None:
    headers = {**_admin(intake), "If-Match": '"1"', "Content-Type": "application/json"}
    answer = await intake.client.put("/v1/calendar/days/2023-05-18", content=raw, headers=headers)
    assert problem(answer)["status"] == 400


async def test_only_an_administrator_edits_and_names_the_version(intake: Intake) -> None:
    url = "/v1/calendar/days/2023-05-18"
    assert problem(await intake.client.put(url, json=_DAY_OFF))["status"] == 401
    officer = {**intake.officer, "If-Match": '"1"'}
    assert problem(await intake.client.put(url, json=_DAY_OFF, headers=officer))["status"] == 403
    assert problem(await intake.client.put(url, json=_DAY_OFF, headers=_admin(intake)))["status"] == 428
    assert problem(await _put(intake, "days/2023-05-18", _DAY_OFF, '"9"'))["status"] == 412
