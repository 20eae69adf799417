"""Who sees which case. What is not one's own is answered like what is not there."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from services.processing_service.main import create_app
from shared.schemas.lifecycle import Role
from shared.web.security import authenticate, public
from tests.api.processing_service.conftest import WHY, Processing
from tests.support.acceptances import (
    AGENCY,
    AGENCY_DESK,
    DESK,
    OTHER_AGENCY,
    OTHER_DESK,
    accepted_event,
    code_of,
)
from tests.support.clients import problem
from tests.support.processing_database import open_dossiers

PARTS = ("", "/history", "/components", "/allowed-actions", "/overdue", "/applicant", "/personal-data-reads")


@pytest.mark.parametrize(
    ("role", "place"),
    [
        (Role.CITIZEN, {"subject": "stranger"}),
        (Role.REPRESENTATIVE, {"subject": "stranger"}),
        (Role.CASE_OFFICER, {"agency": OTHER_AGENCY}),
        (Role.APPROVER, {"agency": OTHER_AGENCY}),
        (Role.SUPERVISOR, {"agency": OTHER_AGENCY}),
        (Role.INTAKE_OFFICER, {"desk": OTHER_DESK}),
        (Role.INTAKE_OFFICER, {"desk": "H41.UNKNOWN"}),
        (Role.PORTAL, {}),
        (Role.POSTAL_PARTNER, {}),
        (Role.PAYMENT_GATEWAY, {}),
        (Role.STATISTICS_READER, {}),
    ],
)
async def test_not_yours_is_not_there(processing: Processing, role: Role, place: dict[str, str]) -> None:
    case = await processing.open()
    headers = processing.tokens.headers(role, **place)
    nowhere = code_of(999, processing.clock.now())
    for part in PARTS:
        theirs = await processing.client.get(f"/v1/cases/{case.code}{part}", headers=headers)
        none = await processing.client.get(f"/v1/cases/{nowhere}{part}", headers=headers)
        assert theirs.status_code == 404
        assert theirs.content == none.content
        assert sorted(theirs.headers.items()) == sorted(none.headers.items())
    for version in ("1", "2", "9"):
        sent = {**headers, "If-Match": f'"{version}"', **processing.key()}
        theirs = await processing.client.post(f"/v1/cases/{case.code}/return", json=WHY, headers=sent)
        none = await processing.client.post(f"/v1/cases/{nowhere}/return", json=WHY, headers=sent)
        assert theirs.status_code == 404
        assert theirs.content == none.content
    assert (await processing.client.get("/v1/cases", headers=headers)).json()["items"] == []


@pytest.mark.parametrize(
    ("role", "place"),
    [
        (Role.CITIZEN, {"subject": "an"}),
        (Role.REPRESENTATIVE, {"subject": "binh"}),
        (Role.CASE_OFFICER, {"agency": AGENCY}),
        (Role.APPROVER, {"agency": AGENCY}),
        (Role.SUPERVISOR, {}),
        (Role.INTAKE_OFFICER, {"desk": DESK}),
        (Role.INTAKE_OFFICER, {"desk": AGENCY_DESK}),
        (Role.ADMINISTRATOR, {}),
    ],
)
async def test_yours_is_in_the_list(processing: Processing, role: Role, place: dict[str, str]) -> None:
    case = await processing.open()
    await open_other_case(processing)
    headers = processing.tokens.headers(role, **place)
    assert (await processing.client.get(f"/v1/cases/{case.code}", headers=headers)).status_code == 200
    listed = (await processing.client.get("/v1/cases", headers=headers)).json()["items"]
    everything = role in {Role.ADMINISTRATOR, Role.SUPERVISOR} or place.get("desk") == DESK
    assert [item["code"] for item in listed][:1] == [case.code]
    assert len(listed) == (2 if everything else 1)


async def open_other_case(processing: Processing) -> str:
    """Of another agency, its desk and nobody's account."""
    code = code_of(500, processing.clock.now(), OTHER_AGENCY)
    event = accepted_event(code, accepted_at=processing.clock.now(), agency=OTHER_AGENCY, desk=OTHER_DESK)
    await open_dossiers(processing.engine, [event])
    return code


async def test_partners_see_what_was_handed_to_them(processing: Processing) -> None:
    ours = await processing.open(foreign_number="G01-1", has_result=False)
    others = await processing.open(has_result=False)
    for case in (ours, others):
        await case.act("resolution", Role.APPROVER, {})
    assert (await ours.get(Role.PORTAL)).status_code == 200
    assert (await others.get(Role.PORTAL)).status_code == 404
    assert (await ours.get(Role.POSTAL_PARTNER)).status_code == 404
    await ours.act("dispatch", Role.INTAKE_OFFICER, {})
    assert (await ours.get(Role.POSTAL_PARTNER)).status_code == 200
    for role in (Role.PORTAL, Role.POSTAL_PARTNER):
        listed = await processing.client.get("/v1/cases", headers=processing.as_(role))
        assert [item["code"] for item in listed.json()["items"]] == [ours.code]


async def test_a_payment_gateway_confirms_and_reads_nothing(processing: Processing) -> None:
    case = await processing.open()
    await case.act("payment-request", Role.CASE_OFFICER, {"items": [{"name": "lệ phí", "amount": 5}]})
    assert (await case.get(Role.PAYMENT_GATEWAY)).status_code == 404
    answer = await case.try_("withdrawal-request", Role.PAYMENT_GATEWAY, {})
    assert (answer.status_code, problem(answer)["code"]) == (403, "forbidden")
    await case.act("payment", Role.PAYMENT_GATEWAY, {"amount": 5, "reference": "X1"})


async def test_a_transfer_takes_the_case_to_the_other_agency(processing: Processing) -> None:
    case = await processing.open(desk=AGENCY_DESK)
    await case.act("claim", Role.CASE_OFFICER)
    moved = {"to_agency": OTHER_AGENCY, **WHY}
    await case.act("transfer", Role.ADMINISTRATOR, moved)
    assert (await case.get(Role.CASE_OFFICER)).status_code == 404
    seen = await processing.client.get(
        f"/v1/cases/{case.code}", headers=processing.tokens.headers(Role.CASE_OFFICER, agency=OTHER_AGENCY)
    )
    assert (seen.json()["agency"], seen.json()["assigned"]) == (OTHER_AGENCY, False)
    # The desk that took it in still has it, and so has the new agency's.
    for desk in (AGENCY_DESK, OTHER_DESK):
        headers = processing.tokens.headers(Role.INTAKE_OFFICER, desk=desk)
        assert (await processing.client.get(f"/v1/cases/{case.code}", headers=headers)).status_code == 200


async def test_lists_are_filtered_and_paged(processing: Processing) -> None:
    cases = [await processing.open() for _ in range(5)]
    await cases[0].act("start", Role.CASE_OFFICER)
    await cases[1].act("claim", Role.CASE_OFFICER, subject="chi")
    await cases[2].act("payment-request", Role.CASE_OFFICER, {"items": [{"name": "a", "amount": 5}]})
    officer = processing.as_(Role.CASE_OFFICER)

    async def listed(**query: Any) -> list[str]:
        answer = await processing.client.get("/v1/cases", params=query, headers=officer)
        assert answer.status_code == 200, answer.text
        return [item["code"] for item in answer.json()["items"]]

    assert await listed(status="processing") == [cases[0].code]
    assert await listed(assignee=processing.tokens.subject("chi")) == [cases[1].code]
    assert await listed(agency=OTHER_AGENCY) == []
    assert await listed(overdue=True) == []
    processing.at("2023-05-23")
    # The third waits for its fee, which was asked for in time.
    assert await listed(overdue=True) == [cases[i].code for i in (0, 1, 3, 4)]
    assert await listed(overdue=False) == [cases[2].code]
    codes, cursor = [], None
    while True:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await processing.client.get("/v1/cases", params=query, headers=officer)).json()
        codes += [item["code"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert codes == [case.code for case in cases]


async def test_a_foreign_number_finds_its_case(processing: Processing) -> None:
    case = await processing.open(foreign_number="G01.99-000042")
    await processing.open()
    answer = await processing.client.get(
        "/v1/cases", params={"foreign_number": "G01.99-000042"}, headers=processing.as_(Role.PORTAL)
    )
    assert [item["code"] for item in answer.json()["items"]] == [case.code]


async def test_nobody_without_a_token(processing: Processing) -> None:
    case = await processing.open()
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}):
        answer = await processing.client.get(f"/v1/cases/{case.code}", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def policies(route: APIRoute) -> bool:
    """Whether a route names who may call it."""
    found, waiting = set(), [route.dependant]
    while waiting:
        dependant = waiting.pop()
        found.add(dependant.call)
        waiting += dependant.dependencies
    return bool(found & {authenticate, public})


def routes_without_policy(app: FastAPI) -> list[str]:
    return [route.path for route in api_routes(app) if not policies(route)]


def api_routes(app: FastAPI) -> list[APIRoute]:
    found: list[APIRoute] = []
    waiting: list[Any] = list(app.routes)
    while waiting:
        route = waiting.pop()
        if isinstance(route, APIRoute):
            found.append(route)
        waiting += getattr(getattr(route, "original_router", None), "routes", [])
    return found


async def test_a_route_without_a_policy_fails(processing: Processing) -> None:
    app = create_app(processing.settings)
    assert len(api_routes(app)) > 30
    assert routes_without_policy(app) == []

    @app.get("/v1/cases/open-by-omission")
    async def open_by_omission() -> None: ...

    assert routes_without_policy(app) == ["/v1/cases/open-by-omission"]
