"""Versions, repeated requests and races."""

import asyncio
from collections import Counter
from itertools import pairwise

import pytest
from sqlalchemy import text

from shared.schemas.lifecycle import Role
from tests.api.processing_service.conftest import WHY, Processing
from tests.support.acceptances import accepted_event, code_of
from tests.support.clients import problem
from tests.support.processing_database import open_dossiers

MISSING = {"missing": ["giấy phép"], **WHY}


async def test_a_change_names_the_version_it_is_meant_for(processing: Processing) -> None:
    case = await processing.open()
    path = f"/v1/cases/{case.code}/start"
    officer = processing.as_(Role.CASE_OFFICER)
    unnamed = await processing.client.post(path, headers=officer)
    assert (unnamed.status_code, problem(unnamed)["code"]) == (428, "precondition-required")
    for wrong in ("*", "2", 'W/"2"', '"two"', '"2", "3"'):
        answer = await processing.client.post(path, headers={**officer, "If-Match": wrong})
        assert answer.status_code == 400, wrong
    stale = await case.try_("start", Role.CASE_OFFICER, If_Match='"1"')
    assert (stale.status_code, problem(stale)["current_version"]) == (412, 2)
    ahead = await case.try_("start", Role.CASE_OFFICER, If_Match='"3"')
    assert ahead.status_code == 412
    assert await case.act("start", Role.CASE_OFFICER) == "processing"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("supplement-request", MISSING),
        ("payment-request", {"items": [{"name": "lệ phí", "amount": 1}]}),
        ("payment", {"amount": 1, "reference": "BL-1"}),
    ],
)
async def test_what_creates_something_has_a_key(processing: Processing, path: str, body: object) -> None:
    case = await processing.open()
    headers = {**processing.as_(Role.CASE_OFFICER), "If-Match": '"2"'}
    answer = await processing.client.post(f"/v1/cases/{case.code}/{path}", json=body, headers=headers)
    assert answer.status_code == 400
    assert problem(answer)["errors"][0]["pointer"] == "header:Idempotency-Key"


async def test_a_repeated_request_is_answered_as_the_first_time(processing: Processing) -> None:
    case = await processing.open()
    key = {"Idempotency_Key": "the-same-key-again"}
    first = await case.try_("supplement-request", Role.CASE_OFFICER, MISSING, **key)
    again = await case.try_("supplement-request", Role.CASE_OFFICER, MISSING, **key)
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert first.headers["ETag"] == again.headers["ETag"]
    case.version = first.json()["version"]
    assert await case.act("supplement", Role.CITIZEN, {"components": [{"component": "giấy phép"}]})
    # The key is looked at before the version and the status, which both have moved on.
    much_later = await case.try_(
        "supplement-request", Role.CASE_OFFICER, MISSING, If_Match=first.request.headers["If-Match"], **key
    )
    assert much_later.content == first.content
    other = await case.try_(
        "supplement-request", Role.CASE_OFFICER, {**MISSING, "missing": ["đơn"]}, If_Match='"2"', **key
    )
    assert (other.status_code, problem(other)["code"]) == (422, "idempotency-key-reused")
    # Somebody else's key of the same name is another key.
    stranger = await case.try_("supplement-request", Role.CASE_OFFICER, MISSING, subject="chi", **key)
    assert stranger.status_code in {403, 409, 412}


async def test_fifty_identical_requests_have_one_effect_and_one_answer(processing: Processing) -> None:
    case = await processing.open()
    answers = await asyncio.gather(
        *(
            case.try_("supplement-request", Role.CASE_OFFICER, MISSING, Idempotency_Key="fifty-at-once")
            for _ in range(50)
        )
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len((await case.see(part="/history"))["items"]) == 1


async def test_one_of_two_who_race_wins(processing: Processing) -> None:
    (digest,) = await processing.upload(b"result")
    tally: Counter[str] = Counter()
    for _ in range(10):
        case = await processing.open()
        resolution, withdrawal = await asyncio.gather(
            case.try_("resolution", Role.APPROVER, {"results": [digest]}),
            case.try_("withdrawal-request", Role.CITIZEN, {}),
        )
        codes = sorted((resolution.status_code, withdrawal.status_code))
        assert codes in ([200, 409], [200, 412]), codes
        loser = max(resolution, withdrawal, key=lambda answer: answer.status_code)
        problem(loser)
        tally["resolved" if resolution.status_code == 200 else "withdrawal_requested"] += 1
        assert len((await case.see(part="/history"))["items"]) == 1
    assert sum(tally.values()) == 10


async def test_many_acts_at_once_leave_one_chain(processing: Processing) -> None:
    case = await processing.open()
    for _ in range(5):
        answers = await asyncio.gather(
            *(case.try_("claim", Role.CASE_OFFICER, subject=f"officer-{i}") for i in range(8))
        )
        assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
        case.version += 1
    async with processing.engine.connect() as connection:
        rows = (
            await connection.execute(
                text("SELECT sequence, previous_hash, hash FROM history WHERE code = :c ORDER BY sequence"),
                {"c": case.code},
            )
        ).all()
    assert [row.sequence for row in rows] == [3, 4, 5, 6, 7]
    assert all(later.previous_hash == row.hash for row, later in pairwise(rows))


class TestAheadOfTheEvents:
    """A client has seen the acceptance; its event is still on its way here."""

    async def test_an_act_waits_for_the_case(self, patient_processing: Processing) -> None:
        processing = patient_processing
        code = code_of(7, processing.clock.now())
        headers = {**processing.as_(Role.CASE_OFFICER), "If-Match": '"2"'}
        asking = asyncio.create_task(processing.client.post(f"/v1/cases/{code}/start", headers=headers))
        reading = asyncio.create_task(
            processing.client.get(
                f"/v1/cases/{code}", headers={**processing.as_(Role.ADMINISTRATOR), "Dossier-Version": "3"}
            )
        )
        await asyncio.sleep(0.1)
        assert not asking.done()
        await open_dossiers(processing.engine, [accepted_event(code, accepted_at=processing.clock.now())])
        assert (await asking).status_code == 200
        assert (await reading).json()["version"] == 3

    async def test_what_never_comes_is_not_found(self, patient_processing: Processing) -> None:
        processing = patient_processing
        theirs = await processing.open(agency="H41.SYT", desk="H41.SYT.MOTCUA")
        answers = []
        for code in (code_of(99, processing.clock.now()), theirs.code):
            headers = {**processing.as_(Role.CASE_OFFICER), "If-Match": '"2"'}
            began = asyncio.get_running_loop().time()
            answers.append(await processing.client.post(f"/v1/cases/{code}/start", headers=headers))
            assert asyncio.get_running_loop().time() - began > 0.2
        assert {answer.status_code for answer in answers} == {404}
        assert {answer.headers["Retry-After"] for answer in answers} == {"1"}
        assert answers[0].content == answers[1].content

    async def test_a_version_that_does_not_come_is_refused(self, processing: Processing) -> None:
        case = await processing.open()
        answer = await case.get(Dossier_Version="9")
        assert (answer.status_code, answer.headers["Retry-After"]) == (412, "1")
        assert (await case.get(Dossier_Version="2")).status_code == 200


async def test_a_case_that_has_not_changed_is_not_sent_again(processing: Processing) -> None:
    case = await processing.open()
    first = await case.get()
    tag = first.headers["ETag"]
    again = await case.get(If_None_Match=tag)
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    await case.act("start", Role.CASE_OFFICER)
    assert (await case.get(If_None_Match=tag)).status_code == 200
    # Whoever reads it, and whenever: the tagged body is the same.
    as_officer, as_citizen = await case.get(), await case.get(Role.CITIZEN)
    processing.at("2024-05-15")
    assert as_officer.content == as_citizen.content == (await case.get()).content
