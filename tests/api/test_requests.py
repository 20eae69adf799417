"""What every operation asks of a request, and how it says what is wrong, before it looks at any dossier."""

import json

import pytest

from tests.support.clients import problem
from tests.support.idle import BEARER, OPERATIONS, Operation, ask

# Creating without a key: the same bytes are stored once, and a period is closed once.
_NAMED_BY_THEMSELVES = {"POST /v1/contents", "POST /v1/cases/contents"}
_VERSION_IN_THE_BODY = {o.name for o in OPERATIONS if "/bulk/" in o.template}
_NOTHING_TO_CHANGE = {
    "POST /v1/dossiers",
    "POST /v1/lookups",
    "POST /v1/catalogue/imports",
    "PUT /v1/reports/closed-periods/{first}/{last}",
}
_CREATING = {
    "POST /v1/dossiers",
    "POST /v1/catalogue/imports",
    "POST /v1/cases/{code}/supplement-request",
    "POST /v1/cases/{code}/payment-request",
    "POST /v1/cases/{code}/payment",
}
_UNVERSIONED = _NAMED_BY_THEMSELVES | _VERSION_IN_THE_BODY | _NOTHING_TO_CHANGE
_WITH_JSON = [o for o in OPERATIONS if o.media_type == "application/json"]


def each(operations: list[Operation]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operation", [pytest.param(o, id=o.name) for o in operations])


@each(OPERATIONS)
async def test_a_right_request_gets_to_its_use_case(operation: Operation) -> None:
    answer = await ask(operation.service, operation.method, operation.path, **operation.request())
    assert answer.status_code == 503, answer.text


@each(OPERATIONS)
async def test_the_document_says_which_headers_a_change_needs(operation: Operation) -> None:
    needed = set()
    if operation.name in _CREATING:
        needed.add("Idempotency-Key")
    if operation.method != "GET" and operation.name not in _UNVERSIONED:
        needed.add("If-Match")
    assert operation.headers().keys() - BEARER.keys() == needed
    for header, status, code in (
        ("If-Match", 428, "precondition-required"),
        ("Idempotency-Key", 400, "malformed"),
    ):
        if header in needed:
            request = operation.request()
            del request["headers"][header]
            answer = await ask(operation.service, operation.method, operation.path, **request)
            assert (answer.status_code, problem(answer)["code"]) == (status, code)
            assert header in problem(answer)["detail"]


@each(OPERATIONS)
async def test_an_unknown_or_repeated_parameter_is_named(operation: Operation) -> None:
    request = operation.request()
    given = list(request.pop("params").items())
    unknown = [*given, ("foo", "1")]
    answer = await ask(operation.service, operation.method, operation.path, params=unknown, **request)
    assert answer.status_code == 400
    assert problem(answer)["errors"] == [
        {"pointer": "query:foo", "rule": "extra_forbidden", "detail": "There is no such parameter"}
    ]
    for name, value in given:
        twice = [*given, (name, value)]
        answer = await ask(operation.service, operation.method, operation.path, params=twice, **request)
        assert answer.status_code == 400
        assert problem(answer)["errors"][0]["pointer"] == f"query:{name}"


@each([o for o in OPERATIONS if o.media_type])
@pytest.mark.parametrize(
    "given", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "nonsense", None]
)
async def test_a_body_of_another_type_is_refused(operation: Operation, given: str | None) -> None:
    headers = {**operation.headers(), **({"Content-Type": given} if given else {})}
    answer = await ask(operation.service, operation.method, operation.path, content=b"{}", headers=headers)
    assert answer.status_code == 415
    assert operation.media_type in problem(answer)["detail"]
    assert problem(answer)["errors"][0]["pointer"] == "header:Content-Type"


@each(_WITH_JSON)
async def test_json_is_utf8_and_says_everything_once(operation: Operation) -> None:
    right = json.dumps(operation.json())
    twice = '{"x": 1, "x": 1, ' + right[1:]
    wrong = [right.encode("utf-16"), right.encode("utf-32"), b"\xef\xbb\xbf" + right.encode(), twice.encode()]
    for content in wrong:
        headers = {**operation.headers(), "Content-Type": "application/json; charset=utf-8"}
        answer = await ask(
            operation.service, operation.method, operation.path, content=content, headers=headers
        )
        assert answer.status_code == 400, content
        (found,) = problem(answer)["errors"]
        assert (found["pointer"], found["rule"]) == ("/", "json_invalid")


@each(OPERATIONS)
async def test_who_has_to_say_who_they_are(operation: Operation) -> None:
    request = operation.request()
    del request["headers"]["Authorization"]
    answer = await ask(operation.service, operation.method, operation.path, **request)
    if operation.row.public:
        assert "security" not in operation.document
        assert answer.status_code == 503
    else:
        assert operation.document["security"] == [{"HTTPBearer": []}]
        assert (answer.status_code, problem(answer)["code"]) == (401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
