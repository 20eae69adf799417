"""Every refusal as RFC 9457 problem+json, in Vietnamese or English as the caller prefers."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from pydantic_core import to_json
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response

from shared import errors
from shared.failures import passes
from shared.log.port import LogUnavailableError
from shared.web.methods import allowed

_log = structlog.get_logger(__name__)

_STATUS: dict[type[errors.AppError], int] = {
    errors.MalformedError: 400,
    errors.UnauthenticatedError: 401,
    errors.ForbiddenError: 403,
    errors.NotFoundError: 404,
    errors.StateConflictError: 409,
    errors.StaleVersionError: 412,
    errors.UnsupportedTypeError: 415,
    errors.RuleViolationError: 422,
    errors.KeyReusedError: 422,
    errors.PreconditionMissingError: 428,
    errors.TooManyAttemptsError: 429,
    errors.UnavailableError: 503,
}

# Code and titles of what no error of ours says. 404 there means that nothing has this address.
_BY_THE_FRAMEWORK = {
    404: ("not-found", errors.NotFoundError.title, errors.NotFoundError.title_vi),
    405: ("method-not-allowed", "Method not allowed", "Phương thức không được phép"),
    413: ("content-too-large", "Content too large", "Nội dung quá lớn"),
    500: ("internal", "Internal error", "Lỗi hệ thống"),
}
_IF_MATCH = ("header", "If-Match")


class FieldProblem(BaseModel):
    """One thing that is wrong in a request."""

    pointer: str
    """JSON pointer into the body, or `header:`, `query:` or `path:` and the name."""
    rule: str
    detail: str


class Problem(BaseModel):
    """RFC 9457. `code` is stable, `title` follows Accept-Language, `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None
    rule: str | None = None
    errors: list[FieldProblem] | None = None
    allowed_actions: list[str] | None = None


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route declares it may refuse with. 400, 401 and 413 are declared for every route."""
    return {status: {"description": HTTPStatus(status).phrase, **_PROBLEM_CONTENT} for status in statuses}


_PROBLEM_CONTENT: Mapping[str, Any] = {
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
}


def install(app: Starlette) -> None:
    """Answer every error of `app` as a problem."""
    app.add_exception_handler(errors.AppError, _app_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    for outage in (DBAPIError, PoolTimeoutError, OSError, LogUnavailableError):
        app.add_exception_handler(outage, _outage)
    app.add_exception_handler(Exception, _bug)


def status_of(error: errors.AppError) -> int:
    """The HTTP status of a refusal."""
    return next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)


def problem_document(error: errors.AppError, *, vietnamese: bool = False) -> dict[str, Any]:
    """The problem as JSON, for an answer of its own or an item of a bulk answer."""
    title = error.title_vi if vietnamese else error.title
    return _document(status_of(error), error.code, title, error.detail, **error.extra)


async def _app_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.AppError)  # noqa: S101 - registered for this class only
    headers = {}
    if isinstance(error, errors.UnauthenticatedError):
        headers["WWW-Authenticate"] = "Bearer"
    if (seconds := error.extra.get("retry_after_seconds")) is not None:
        headers["Retry-After"] = str(seconds)
    return _answer(problem_document(error, vietnamese=_wants_vietnamese(request)), headers)


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class only
    if any(item["type"] == "missing" and tuple(item["loc"]) == _IF_MATCH for item in error.errors()):
        missing = errors.PreconditionMissingError("name the version that you have seen in If-Match")
        return await _app_error(request, missing)
    return await _app_error(request, _malformed([_field_problem(item) for item in error.errors()]))


async def _http_error(request: Request, error: Exception) -> Response:
    """What the framework refuses by itself."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    if error.status_code == 400:
        unreadable = {"pointer": "/", "rule": "unreadable", "detail": str(error.detail)}
        return await _app_error(request, _malformed([unreadable]))
    code, *titles = _BY_THE_FRAMEWORK[error.status_code]
    title, detail, headers = titles[_wants_vietnamese(request)], str(error.detail), dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = allowed(request.scope) or "GET, HEAD, OPTIONS"
        detail = f"{request.method} is none of {headers['Allow']}"
    return _answer(_document(error.status_code, code, title, detail), headers)


async def _outage(request: Request, error: Exception) -> Response:
    if not passes(error):
        raise error
    _log.warning("outage", route=request.url.path, error=type(error).__name__)
    unavailable = errors.UnavailableError(
        "a part of the system is away; nothing was done, come again", retry_after_seconds=1
    )
    return await _app_error(request, unavailable)


async def _bug(request: Request, error: Exception) -> Response:
    # The message of an unforeseen error may carry somebody's data: the type and the place say enough.
    _log.error("unhandled_error", route=request.url.path, error=type(error).__name__)
    code, *titles = _BY_THE_FRAMEWORK[500]
    title = titles[_wants_vietnamese(request)]
    return _answer(_document(500, code, title, "This is our fault; nothing was done."))


def _malformed(found: Sequence[Mapping[str, str]]) -> errors.MalformedError:
    detail = "; ".join(f"{item['pointer']}: {item['detail']}" for item in found[:5])
    return errors.MalformedError(detail, errors=found)


def _document(status: int, code: str, title: str, detail: str, **extra: Any) -> dict[str, Any]:
    return {
        "type": f"urn:motcua:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        **{name: value for name, value in extra.items() if value is not None},
    }


def _answer(document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        to_json(document),
        status_code=document["status"],
        media_type="application/problem+json",
        headers=headers,
    )


def _field_problem(item: Mapping[str, Any]) -> dict[str, str]:
    location: Sequence[str | int] = item["loc"]
    place, *path = location or ("body",)
    rule, detail = str(item["type"]), str(item["msg"]).removeprefix("Value error, ")
    if rule == "json_invalid":
        return {"pointer": "/", "rule": rule, "detail": str(item["ctx"]["error"])}
    if place != "body":
        return {"pointer": f"{place}:{'.'.join(map(str, path))}", "rule": rule, "detail": detail}
    return {"pointer": "/" + "/".join(map(_escaped, path)), "rule": rule, "detail": detail}


def _escaped(part: str | int) -> str:
    """As RFC 6901 writes a name in a pointer."""
    return str(part).replace("~", "~0").replace("/", "~1")


def _wants_vietnamese(request: Request) -> bool:
    """Whether Accept-Language likes Vietnamese better than English, which is what there is otherwise."""
    likes = {"vi": 0.0, "en": 0.0}
    for choice in request.headers.get("accept-language", "").lower().split(","):
        language, _, weight = choice.partition(";")
        name = language.strip().partition("-")[0]
        if name in likes:
            likes[name] = max(likes[name], _weight(weight))
    return likes["vi"] > likes["en"]


def _weight(parameter: str) -> float:
    try:
        return float(parameter.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0.0
