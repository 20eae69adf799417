"""How a route answers: where it takes everything from is worked out once, when the application is made.

The framework works it out anew for every request: it walks the tree of dependencies, asks of each what kind
of callable it is, and keeps stacks of what may have to be closed. That took more processor time than the
rules of an act. Declarations, validation and OpenAPI stay the framework's, and so do forms with their files.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from inspect import iscoroutinefunction
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.params import Form
from fastapi.routing import APIRoute, request_response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.web.json_bodies import JsonRequest
from shared.web.strict_routes import Handler, strictly


def serving(route: APIRoute) -> ASGIApp:
    """The application behind `route`. Raises `TypeError` for a dependency that is not served here."""
    if route.body_field is not None and isinstance(route.body_field.field_info, Form):
        return request_response(strictly(route, route.get_route_handler()))
    handle = strictly(route, _handler(route))

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        response = await handle(JsonRequest(scope, receive, send))
        await response(scope, receive, send)

    return serve


def _handler(route: APIRoute) -> Handler:
    steps = _steps(route.dependant)
    read = _reader(route.body_field)
    written = route.response_field

    async def handle(request: Request) -> Response:
        body = await read(request)
        response = Response(status_code=route.status_code or 200, media_type="application/json")
        made: list[Any] = []
        errors: list[Any] = []
        for step in steps:
            made.append(await step.make(request, response, body, made, errors))
        if errors:
            raise RequestValidationError(errors, body=body)
        answer = made[-1]
        if written is None or isinstance(answer, Response):
            return answer  # type: ignore[no-any-return]  # a route without a model returns a response
        response.body = written.serialize_json(answer)
        response.headers["content-length"] = str(len(response.body))
        return response

    return handle


class _Parameter:
    """A value in the path, in a header or in the body."""

    def __init__(self, place: str, field: Any) -> None:
        self.name: str = field.name
        self.alias: str = field.alias
        self._where = (place,) if place == "body" else (place, self.alias)
        self._field = field
        self._required = field.field_info.is_required()

    def read(self, given: Any, errors: list[Any]) -> Any:
        """`given`, validated; the default in the place of None."""
        if given is None:
            if self._required:
                errors.append({"type": "missing", "loc": self._where, "msg": "Field required"})
            return self._field.default
        value, found = self._field.validate(given, loc=self._where)
        errors += found
        return value


class _Step:
    """A coroutine that is awaited for a request: a dependency, or in the end the route's own."""

    def __init__(self, dependant: Dependant, places: Mapping[Any, int]) -> None:
        self._call: Any = dependant.call
        self._made = [(sub.name, places[sub.call]) for sub in dependant.dependencies if sub.name]
        self._path = [_Parameter("path", field) for field in dependant.path_params]
        self._headers = [_Parameter("header", field) for field in dependant.header_params]
        self._body = [_Parameter("body", field) for field in dependant.body_params]
        self._query = dependant.query_params
        self._request = dependant.request_param_name
        self._response = dependant.response_param_name

    async def make(
        self, request: Request, response: Response, body: Any, made: Sequence[Any], errors: list[Any]
    ) -> Any:
        """What it returns. None once anything is wrong: then all of that is found, and nothing more made."""
        arguments = {name: made[place] for name, place in self._made}
        for parameter in self._path:
            arguments[parameter.name] = parameter.read(request.path_params[parameter.alias], errors)
        if self._query:
            values, found = request_params_to_args(self._query, request.query_params)
            arguments |= values
            errors += found
        for parameter in self._headers:
            arguments[parameter.name] = parameter.read(request.headers.get(parameter.alias), errors)
        for parameter in self._body:
            arguments[parameter.name] = parameter.read(body, errors)
        if self._request:
            arguments[self._request] = request
        if self._response:
            arguments[self._response] = response
        return None if errors else await self._call(**arguments)


def _steps(dependant: Dependant) -> list[_Step]:
    """Each dependency once, behind all that it needs."""
    places: dict[Any, int] = {}
    steps: list[_Step] = []

    def add(one: Dependant) -> None:
        for sub in one.dependencies:
            if sub.call not in places:
                add(sub)
        _check(one)
        places[one.call] = len(steps)
        steps.append(_Step(one, places))

    add(dependant)
    return steps


def _check(dependant: Dependant) -> None:
    call = dependant.call
    known = iscoroutinefunction(call) or iscoroutinefunction(getattr(call, "__call__", None))  # noqa: B004 - asked of the method, not of the object
    others = (
        dependant.cookie_params,
        dependant.http_connection_param_name,
        dependant.websocket_param_name,
        dependant.background_tasks_param_name,
        dependant.security_scopes_param_name,
    )
    if not known or any(others) or len(dependant.body_params) > 1:
        raise TypeError(f"{dependant.path}: {call} must be a coroutine of path, query, headers and one body")


def _reader(field: Any) -> Callable[[Request], Awaitable[Any]]:
    """Reads what a body says, in JSON or as it is; none where nothing is said."""
    if field is None:
        return _nothing
    return _json if field.field_info.media_type == "application/json" else _bytes


async def _nothing(_: Request) -> None: ...


async def _bytes(request: Request) -> bytes | None:
    try:
        return await request.body() or None
    except ClientDisconnect as error:
        raise HTTPException(400, "the body did not come whole") from error


async def _json(request: Request) -> Any:
    body = await _bytes(request)
    if body is None:
        return None
    try:
        return await request.json()
    except json.JSONDecodeError as error:
        wrong = {"type": "json_invalid", "loc": ("body",), "msg": error.msg, "ctx": {"error": error.msg}}
        raise RequestValidationError([wrong], body=body) from error
