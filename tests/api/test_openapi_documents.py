"""The OpenAPI documents as somebody reads them who writes a client: complete, and every example right."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from services.intake_service.api import lookups
from services.intake_service.domain.catalogue_file import read_catalogue_file
from shared.schemas.lifecycle import Role
from shared.web.limits import Attempts
from tests.support.acts_over_http import LIFECYCLES, actions_of, path_of
from tests.support.idle import OPERATIONS, Operation, ask
from tests.support.openapi import documents
from tests.support.policy_matrix import EVERYBODY

DOCUMENTS = documents()
_SERVICES = Path(__file__).parents[2] / "services"
_RULES_IN = ("intake_service", "processing_service", "stats_service")
# What no caller meets: the timer's own rule.
_OF_TIMERS = {"not-lapsed"}
# Made of the name of what is unknown.
_COMPOSED = {"unknown-agency", "unknown-desk", "unknown-field", "unknown-procedure"}


def each(operations: list[Operation]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operation", [pytest.param(o, id=o.name) for o in operations])


def conforms(service: str, schema: Mapping[str, Any], value: Any) -> None:
    """Raises where `value` is not as the service's document says."""
    whole = {**schema, "components": DOCUMENTS[service]["components"]}
    jsonschema_rs.Draft202012Validator(whole, validate_formats=True).validate(value)


def refusals(operation: Operation) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Status and what is documented of it."""
    for status, answer in operation.document["responses"].items():
        if status[0] not in "23":
            yield int(status), resolved(operation.service, answer)


def resolved(service: str, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in answer:
        return answer
    found: Mapping[str, Any] = DOCUMENTS[service]["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
    return found


def some_are_forbidden(operation: Operation) -> bool:
    """Whether somebody who may know of it may not do it; in lists that is said of each item."""
    row = operation.row
    if row.public or row.in_a_list:
        return False
    return bool(row.sees - row.may) if row.standing else row.may != EVERYBODY


def codes(answer: Mapping[str, Any]) -> list[str]:
    """The codes that a refusal may have."""
    schema = answer["content"]["application/problem+json"]["schema"]
    found: list[str] = schema["allOf"][1]["properties"]["code"]["enum"]
    return found


@each(OPERATIONS)
def test_an_operation_says_what_it_is_for(operation: Operation) -> None:
    assert operation.document["summary"]
    assert operation.document["description"].endswith(".")
    assert len(operation.document["tags"]) == 1
    for parameter in operation.document.get("parameters", ()):
        assert parameter.get("description"), parameter["name"]


def test_an_act_says_when_it_is_possible_and_whose_it_is() -> None:
    described = {o.name: o.document["description"] for o in OPERATIONS}
    for service, lifecycle in LIFECYCLES.items():
        for action in actions_of(service):
            told = described[f"POST {path_of(service, '{code}', action)}"]
            for row in lifecycle.transitions:
                if row.action is action:
                    for word in (*row.sources, *row.roles - {Role.SYSTEM}):
                        assert f"`{word}`" in told, (action, word)


def test_operations_have_names_of_their_own() -> None:
    names = [operation.document["operationId"] for operation in OPERATIONS]
    assert len(set(names)) == len(names)


@each(OPERATIONS)
def test_refusals_say_their_codes_with_examples_that_are_right(operation: Operation) -> None:
    told = dict(refusals(operation))
    assert {400, 503} <= told.keys()
    assert (401 in told) is not operation.row.public
    assert (403 in told) is some_are_forbidden(operation)
    assert (412 in told and 428 in told) is ("If-Match" in operation.headers()) or operation.method == "GET"
    assert (415 in told) is bool(operation.media_type)
    for status, answer in told.items():
        assert codes(answer)
        content = answer["content"]["application/problem+json"]
        for code, example in content.get("examples", {}).items():
            assert (example["value"]["status"], example["value"]["code"]) == (status, code)
            conforms(operation.service, content["schema"], example["value"])


@each([o for o in OPERATIONS if o.media_type == "application/json"])
async def test_the_example_of_a_body_is_taken(operation: Operation, monkeypatch: pytest.MonkeyPatch) -> None:
    # Other tests look the example up too, and nobody gets to do so often.
    monkeypatch.setattr(lookups, "_attempts", Attempts(most=1, seconds=3600))
    content = operation.document["requestBody"]["content"]["application/json"]
    conforms(operation.service, content["schema"], content["example"])
    answer = await ask(
        operation.service,
        operation.method,
        # The example of a year is of this one.
        operation.path.replace("/years/2029", "/years/2024"),
        headers=operation.headers(),
        json=content["example"],
    )
    assert answer.status_code == 503, answer.text


def test_the_example_of_a_catalogue_is_taken() -> None:
    (operation,) = (o for o in OPERATIONS if o.media_type == "text/csv")
    file = read_catalogue_file(operation.document["requestBody"]["content"]["text/csv"]["example"].encode())
    assert (len(file.rows), file.findings) == (1, [])


@each(OPERATIONS)
def test_the_examples_of_parameters_and_answers_are_right(operation: Operation) -> None:
    for parameter in operation.document.get("parameters", ()):
        for example in parameter["schema"].get("examples", ()):
            conforms(operation.service, parameter["schema"], example)


@pytest.mark.parametrize("service", DOCUMENTS)
def test_the_examples_of_schemas_are_right(service: str) -> None:
    for schema in DOCUMENTS[service]["components"]["schemas"].values():
        for example in schema.get("examples", ()):
            conforms(service, schema, example)
        for member in schema.get("properties", {}).values():
            for example in member.get("examples", ()):
                conforms(service, member, example)


def test_every_rule_is_documented_and_every_documented_rule_is_one() -> None:
    documented = {
        code for o in OPERATIONS for status, told in refusals(o) if status == 422 for code in codes(told)
    }
    documented -= {"idempotency-key-reused"}
    assert documented == set(rules_in_the_code()) - _OF_TIMERS | _COMPOSED


def rules_in_the_code() -> Iterator[str]:
    """What is raised as a broken rule, wherever its name is written down."""
    shared = _SERVICES.parent / "shared"
    files = [file for name in _RULES_IN for file in (_SERVICES / name).rglob("*.py")]
    files += [shared / "components.py", shared / "web" / "uploads.py"]
    files += [shared / "legal_clock" / name for name in ("calendar.py", "promise.py")]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                yield from _rule_of(node)


def _rule_of(call: ast.Call) -> Iterator[str]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name in {"_broken", "_refused"}:
        words = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        yield from (word for word in words if not word.startswith("/") and " " not in word)
    for keyword in call.keywords:
        if keyword.arg == "rule" and isinstance(keyword.value, ast.Constant):
            yield str(keyword.value.value)
