"""Every refusal as RFC 9457 problem+json, in Vietnamese or English as the caller prefers."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic_core import to_json
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response

from shared import errors
from shared.failures import passes
from shared.log.port import LogUnavailableError
from shared.observability.metrics import AUTHZ_DENIED
from shared.web.methods import allowed

_log = structlog.get_logger(__name__)

_STATUS: dict[type[errors.AppError], int] = {
    errors.MalformedError: 400,
    errors.UnauthenticatedError: 401,
    errors.ForbiddenError: 403,
    errors.NotFoundError: 404,
    errors.StateConflictError: 409,
    errors.StaleVersionError: 412,
    errors.MethodNotAllowedError: 405,
    errors.TooLargeError: 413,
    errors.UnsupportedTypeError: 415,
    errors.RuleViolationError: 422,
    errors.KeyReusedError: 422,
    errors.PreconditionMissingError: 428,
    errors.TooManyAttemptsError: 429,
    errors.InternalError: 500,
    errors.UnavailableError: 503,
}

_IF_MATCH = ("header", "If-Match")


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
    return {
        "type": f"urn:motcua:problem:{error.code}",
        "title": error.title_vi if vietnamese else error.title,
        "status": status_of(error),
        "detail": error.detail,
        "code": error.code,
        **{name: value for name, value in error.extra.items() if value is not None},
    }


async def _app_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.AppError)  # noqa: S101 - registered for this class only
    headers = {}
    if isinstance(error, errors.UnauthenticatedError | errors.ForbiddenError):
        AUTHZ_DENIED.labels(error.code).inc()
    if isinstance(error, errors.UnauthenticatedError):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, errors.MethodNotAllowedError):
        headers["Allow"] = allowed(request.scope) or "GET, HEAD, OPTIONS"
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
    detail = str(error.detail)
    match error.status_code:
        case 400:
            ours: errors.AppError = _malformed([{"pointer": "/", "rule": "unreadable", "detail": detail}])
        case 404:
            ours = errors.NotFoundError("nothing has this address")
        case 405:
            ours = errors.MethodNotAllowedError(f"this address does not know {request.method}")
        case 413:
            ours = errors.TooLargeError(detail)
        case _:
            raise error
    return await _app_error(request, ours)


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
    return await _app_error(request, errors.InternalError("this is our fault; nothing was done"))


def _malformed(found: Sequence[Mapping[str, str]]) -> errors.MalformedError:
    detail = "; ".join(f"{item['pointer']}: {item['detail']}" for item in found[:5])
    return errors.MalformedError(detail, errors=found)


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
