"""What operations answer beside their bodies, as OpenAPI documents it: headers, and refusals by codes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import ConfigDict

from shared import errors
from shared.schemas.base import AnswerModel
from shared.web.problems import problem_document, status_of
from shared.web.security import RequiredRole, authenticate

Responses = dict[int | str, dict[str, Any]]
_CODES = "x-codes"


def sent(example: Any, media_type: str = "application/json") -> dict[str, Any]:
    """What a route declares as its `openapi_extra`: a right body."""
    return {"requestBody": {"content": {media_type: {"example": example}}}}


_HEADERS = {
    "ETag": "The version, for If-Match",
    "Location": "The address of what was created",
    "Retry-After": "Seconds until it is worth another try",
    "WWW-Authenticate": "`Bearer`",
}


def with_headers(status: int, *names: str) -> Responses:
    """What a route declares whose answer has these headers."""
    headers = {name: {"description": _HEADERS[name], "schema": {"type": "string"}} for name in names}
    return {status: {"headers": headers}}


TAGGED = with_headers(200, "ETag")
FILED = with_headers(201, "ETag", "Location")
LOCATED = with_headers(201, "Location")
NOT_MODIFIED: Responses = {
    304: {"description": "The caller has the current version", **with_headers(304, "ETag")[304]}
}


class FieldProblem(AnswerModel):
    """One thing that is wrong in a request."""

    pointer: str
    """JSON pointer into the body, or `header:`, `query:` or `path:` and the name."""
    rule: str
    """Stable, for programs."""
    detail: str


class Problem(AnswerModel):
    """RFC 9457. `code` is stable, `title` follows Accept-Language (vi, en), `detail` is for people."""

    model_config = ConfigDict(extra="allow")

    type: str
    """`urn:motcua:problem:` and the code."""
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None
    """Of a broken rule (422): JSON pointer to what breaks it, `/` where it is the act itself."""
    rule: str | None = None
    """The rule that is broken; the same as `code`."""
    errors: list[FieldProblem] | None = None
    """Everything that is malformed (400, 415)."""
    allowed_actions: list[str] | None = None
    """What the state allows instead (409)."""
    current_version: int | None = None
    """The version that is current (412)."""


_EXAMPLES = {
    "malformed": errors.MalformedError(
        "/reason: Field required",
        errors=[{"pointer": "/reason", "rule": "missing", "detail": "Field required"}],
    ),
    "unauthenticated": errors.UnauthenticatedError("a bearer token is required"),
    "forbidden": errors.ForbiddenError("this needs one of the roles approver"),
    "not-found": errors.NotFoundError("no such dossier"),
    "state-conflict": errors.StateConflictError(
        "a dossier that is handed_over does not allow undo", allowed_actions=[]
    ),
    "stale-version": errors.StaleVersionError("the dossier is at version 4", current_version=4),
    "content-too-large": errors.TooLargeError("a request has at most 20971520 bytes"),
    "unsupported-media-type": errors.UnsupportedTypeError(
        "send the body as application/json, not as text/plain",
        errors=[{"pointer": "header:Content-Type", "rule": "media-type", "detail": "only application/json"}],
    ),
    "idempotency-key-reused": errors.KeyReusedError("this Idempotency-Key came with another request before"),
    "precondition-required": errors.PreconditionMissingError(
        "name the version that you have seen in If-Match"
    ),
    "too-many-attempts": errors.TooManyAttemptsError("too many attempts", retry_after_seconds=1800),
    "unavailable": errors.UnavailableError(
        "a part of the system is away; nothing was done, come again", retry_after_seconds=1
    ),
}
_CODE_OF = {status_of(error): code for code, error in _EXAMPLES.items()}


def problem_responses(
    *statuses: int, rules: Sequence[str] = (), conflict: str = errors.StateConflictError.code
) -> Responses:
    """What a use-case may refuse with: statuses, the rules that a 422 names, and the code of a 409.

    What follows from the form of a route (its policy, headers and body) is documented without being declared.
    """
    found: Responses = {status: _declared([_CODE_OF[status]]) for status in statuses}
    if rules:
        found[422] = _declared(rules)
    if 409 in found:
        found[409] = _declared([conflict])
    return found


def examples_of(route: APIRoute) -> dict[str, Any]:
    """What was declared by `sent`, by media type."""
    content = (route.openapi_extra or {}).get("requestBody", {}).get("content", {})
    return {media_type: told["example"] for media_type, told in content.items()}


def answers_of(route: APIRoute, operation: Mapping[str, Any]) -> dict[str, Any]:
    """What the operation documents: its own answers, and every refusal."""
    own = {status: told for status, told in operation["responses"].items() if status[0] in "23"}
    return {
        **own,
        **{str(status): _answer(status, codes) for status, codes in sorted(_refusals(route).items())},
    }


def shared_answers() -> dict[str, Any]:
    """`components/responses`: refusals with one code, which are the same for every operation."""
    answers = {_name(code): _spelt_out(error.title, [code]) for code, error in _EXAMPLES.items()}
    for code, header in (
        ("unauthenticated", "WWW-Authenticate"),
        ("too-many-attempts", "Retry-After"),
        ("unavailable", "Retry-After"),
    ):
        answers[_name(code)] |= with_headers(0, header)[0]
    return answers


def _declared(codes: Sequence[str]) -> dict[str, Any]:
    return {"description": ", ".join(codes), _CODES: list(codes)}


def _refusals(route: APIRoute) -> dict[int, list[str]]:
    parts = list(_parts(route.dependant))
    headers = {field.alias: field for part in parts for field in part.header_params}
    implied = {400, 503}
    if any(part.call is authenticate for part in parts):
        implied.add(401)
    if any(isinstance(part.call, RequiredRole) for part in parts):
        implied.add(403)
    if "If-Match" in headers:
        implied |= {412, 428}
    if route.methods != {"GET"}:
        implied.add(413)
    if route.body_field:
        implied.add(415)
    found = {status: [_CODE_OF[status]] for status in implied}
    found |= {int(status): told[_CODES] for status, told in route.responses.items() if _CODES in told}
    key = headers.get("Idempotency-Key")
    # In lists every item has the key for itself, and its own answer.
    if key is not None and ("If-Match" in headers or key.field_info.is_required()):
        found[422] = [*found.get(422, []), errors.KeyReusedError.code]
    return found


def _parts(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for further in dependant.dependencies:
        yield from _parts(further)


def _answer(status: int, codes: Sequence[str]) -> dict[str, Any]:
    if len(codes) == 1 and codes[0] in _EXAMPLES:
        return {"$ref": f"#/components/responses/{_name(codes[0])}"}
    kind = errors.RuleViolationError if status == 422 else type(_EXAMPLES[_CODE_OF[status]])
    return _spelt_out(kind.title, codes)


def _spelt_out(title: str, codes: Sequence[str]) -> dict[str, Any]:
    examples = {code: {"value": problem_document(_EXAMPLES[code])} for code in codes if code in _EXAMPLES}
    narrowed = {"type": "object", "properties": {"code": {"enum": list(codes)}}}
    content: dict[str, Any] = {"schema": {"allOf": [{"$ref": "#/components/schemas/Problem"}, narrowed]}}
    if examples:
        content["examples"] = examples
    return {
        "description": f"{title}: {', '.join(f'`{code}`' for code in codes)}",
        "content": {"application/problem+json": content},
    }


def _name(code: str) -> str:
    return "".join(word.capitalize() for word in code.split("-"))
