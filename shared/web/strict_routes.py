"""What a route refuses before it looks at what is asked: parameters and types that it does not know."""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel

from shared.errors import UnsupportedTypeError

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def strictly(route: APIRoute, handle: Handler) -> Handler:
    """The route's handler, which refuses unknown and repeated query parameters (400) and a body of another
    type than the documented one (415)."""
    known = frozenset(_query_names(route.dependant))
    media_type = getattr(route.body_field.field_info, "media_type", None) if route.body_field else None

    async def handle_strictly(request: Request) -> Response:
        if request.scope["query_string"]:
            _check_parameters(request, known)
        if media_type is not None:
            _check_type(request, media_type)
        return await handle(request)

    return handle_strictly


def _query_names(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        model = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from (info.alias or name for name, info in model.model_fields.items())
        else:
            yield field.alias
    for further in dependant.dependencies:
        yield from _query_names(further)


def _check_parameters(request: Request, known: frozenset[str]) -> None:
    given = [name for name, _ in request.query_params.multi_items()]
    # In the framework's form, so that everything that is wrong with a request is answered in one.
    wrong = [
        {"type": "extra_forbidden", "loc": ("query", name), "msg": "There is no such parameter"}
        for name in given
        if name not in known
    ] or [
        {"type": "repeated", "loc": ("query", name), "msg": "Given more than once"}
        for name in known
        if given.count(name) > 1
    ]
    if wrong:
        raise RequestValidationError(wrong)


def _check_type(request: Request, media_type: str) -> None:
    headers = request.headers
    given = headers.get("content-type", "").partition(";")[0].strip().lower()
    empty = headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers
    if given != media_type and (given or not empty):
        raise UnsupportedTypeError(
            f"send the body as {media_type}" + (f", not as {given}" if given else ""),
            errors=[{"pointer": "header:Content-Type", "rule": "media-type", "detail": f"only {media_type}"}],
        )
