"""Every step of the shipped month is a call that the services' own schemas take."""

from functools import cache
from typing import Any

import pytest
from pydantic import BaseModel

from services.console.replay.papers import paper
from services.console.replay.people import applicant
from services.console.replay.requests import Requests
from services.console.scenario.arithmetic import check
from services.console.scenario.files import read_scenario
from services.console.scenario.lives import Life, Plan, Step
from services.console.scenario.planner import plan
from services.intake_service.api import schemas as intake
from services.intake_service.seed.loader import seed_procedures
from services.processing_service.api import bodies as processing
from shared.schemas.lifecycle import Action
from tests.support.scenarios import CALENDAR

PROCEDURES = {each.code: each for each in seed_procedures()}
REQUESTS = Requests("nghe-an-2023-06", PROCEDURES)
SCHEMAS: dict[Action, type[BaseModel] | None] = {
    Action.FILE: intake.FilingBody,
    Action.REGISTER_ARRIVAL: intake.ArrivalBody,
    Action.ACCEPT: None,
    Action.REQUEST_COMPLETION: intake.CompletionRequestBody,
    Action.COMPLETE: intake.CompletionBody,
    Action.REFUSE: intake.RefusalBody,
    Action.CANCEL: None,
    Action.UNDO: None,
    Action.START: None,
    Action.REQUEST_SUPPLEMENT: processing.SupplementRequestBody,
    Action.PROVIDE_SUPPLEMENT: processing.SupplementBody,
    Action.REQUEST_PAYMENT: processing.PaymentRequestBody,
    Action.CONFIRM_PAYMENT: processing.PaymentBody,
    Action.REQUEST_WITHDRAWAL: processing.WithdrawalRequestBody,
    Action.APPROVE_WITHDRAWAL: None,
    Action.DECLINE_WITHDRAWAL: processing.WithdrawalRefusalBody,
    Action.SEND_BACK: processing.ReturnBody,
    Action.RESOLVE: processing.ResolutionBody,
    Action.APOLOGISE: processing.ApologyBody,
    Action.DISPATCH: processing.DispatchBody,
    Action.HAND_OVER: processing.HandOverBody,
}


@cache
def month() -> Plan:
    return plan(check(read_scenario("nghe-an-2023-06")), list(PROCEDURES.values()), CALENDAR)


def steps() -> list[tuple[Life, int, Step]]:
    """Every step of a thirtieth of the lives, and of all to which something unusual happens."""
    usual = {Action.FILE, Action.ACCEPT, Action.START, Action.RESOLVE, Action.HAND_OVER, Action.DISPATCH}
    return [
        (life, index, step)
        for life in month().lives
        if life.number % 30 == 0 or any(step.action not in usual for step in life.steps)
        for index, step in enumerate(life.steps)
    ]


def test_every_kind_of_step_has_a_body_that_the_service_takes() -> None:
    seen: set[Action] = set()
    for life, _, step in steps():
        schema, body = SCHEMAS[step.action], REQUESTS.body(life, step)
        if schema is None:
            assert body is None
        else:
            schema.model_validate(body)
        seen.add(step.action)

    assert seen == set(SCHEMAS)


def test_a_body_names_exactly_the_documents_that_are_stored_for_it() -> None:
    for life, _, step in steps():
        named = _digests(REQUESTS.body(life, step))
        assert named == [each.digest for each in REQUESTS.papers(life, step)]
        if step.action is Action.FILE and step.note == "accepted":
            required = [c.code for c in PROCEDURES[life.procedure].components if c.required]
            assert len(named) == len(required)


def test_no_two_documents_of_the_month_have_the_same_bytes() -> None:
    digests = [
        each.digest for life, _, step in steps() for each in REQUESTS.papers(life, step)
    ]  # fmt: skip

    assert len(set(digests)) == len(digests)


def test_keys_are_different_for_every_step_and_the_same_every_time() -> None:
    keys = [REQUESTS.key(life, index) for life, index, _ in steps()]

    assert len(set(keys)) == len(keys)
    assert keys == [REQUESTS.key(life, index) for life, index, _ in steps()]


def test_an_undo_goes_to_the_service_whose_decision_it_takes_back() -> None:
    paths = {
        (life.steps[index - 1].action, REQUESTS.path(life, step, "H41.X-230515-0001"))
        for life, index, step in steps()
        if step.action is Action.UNDO
    }

    assert paths == {
        (Action.REFUSE, "/v1/dossiers/H41.X-230515-0001/undo"),
        (Action.SEND_BACK, "/v1/cases/H41.X-230515-0001/undo"),
        (Action.RESOLVE, "/v1/cases/H41.X-230515-0001/undo"),
    }


@pytest.mark.parametrize("life", [1, 22_145, 10_000_000])
def test_papers_are_whole_pdf_documents(life: int) -> None:
    content = paper("nghe-an-2023-06", life, "application (draft)").content
    table = int(content.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])

    assert content.startswith(b"%PDF-1.4\n")
    assert content.endswith(b"%%EOF\n")
    assert content[table:].startswith(b"xref\n")
    for number, line in enumerate(content[table:].split(b"\n")[3:8], start=1):
        place = int(line.split()[0])
        assert content[place:].startswith(b"%d 0 obj" % number)


def test_identity_numbers_have_twelve_digits_and_belong_to_one_person() -> None:
    numbers = [applicant(person)["identity_number"] for person in range(0, 3_000_000, 997)]

    assert all(len(number) == 12 and number.isdigit() for number in numbers)
    assert len(set(numbers)) == len(numbers)


def _digests(body: dict[str, Any] | None) -> list[str]:
    body = body or {}
    return [*body.get("results", ()), *(component["digest"] for component in body.get("components", ()))]
