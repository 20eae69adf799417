"""The OpenAPI document of a service, for whoever writes a client."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from shared.web.documented_answers import Problem, answers_of, examples_of, shared_answers

_NOT_OURS = {"HTTPValidationError", "ValidationError"}
_CONVENTIONS = """
**Callers** send `Authorization: Bearer <access token>`. Operations without a padlock are for everybody.

**Refusals** are `application/problem+json` (RFC 9457). `code` is stable and listed with every operation;
`title` is in Vietnamese or English, as `Accept-Language` prefers; 400, 415 and 422 name the field and the
rule. What is another's is answered like what does not exist.

**Changes** name the version that they are meant for: `If-Match` with the `ETag` of an earlier answer. Without
it the answer is 428, and 412 once there is a newer version.

**Repetition** is safe with an `Idempotency-Key`: within 7 days the same request has its first effect and its
first answer, and another request under the same key is refused. Whatever creates something must have one.

**Nothing is ignored**: a parameter, a field or a type of content that is not documented is refused.

**Lists** have `items`, and `next` where a page follows: the cursor to ask for it.

**Methods**: every GET answers HEAD too. OPTIONS, and a 405 (`method-not-allowed`) to any other method, say in
`Allow` what an address knows.

**Time**: moments are in UTC, days are those of Vietnam. A `traceparent` goes on into every event that a
request brings about.
"""


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """The framework's document, with our conventions, and our problems for its validation errors."""
    found = get_openapi(
        title=app.title,
        version=app.version,
        description=f"{app.description}\n{_CONVENTIONS}",
        routes=app.routes,
    )
    components = found.setdefault("components", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    schemas = {**components.get("schemas", {}), **problem.pop("$defs"), "Problem": problem}
    components["schemas"] = {name: schemas[name] for name in sorted(schemas.keys() - _NOT_OURS)}
    components["responses"] = shared_answers()
    for route in app.routes:
        if isinstance(route, APIRoute):
            (method,) = route.methods or {"GET"}
            operation = found["paths"][route.path_format][method.lower()]
            operation["responses"] = answers_of(route, operation)
            # Once more: the framework has left out what is null in them.
            for media_type, example in examples_of(route).items():
                operation["requestBody"]["content"][media_type]["example"] = example
    return found
