"""Every refusal as RFC 9457 problem+json, in Vietnamese or English as the caller prefers."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from pydantic_core import to_json
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from shared import errors
from shared.failures import passes
from shared.log.port import LogUnavailableError

_log = structlog.get_logger(__name__)

_STATUS: dict[type[errors.AppError], int] = {
    errors.MalformedError: 400,
    errors.UnauthenticatedError: 401,
    errors.ForbiddenError: 403,
    errors.NotFoundError: 404,
    errors.StateConflictError: 409,
    errors.StaleVersionError: 412,
    errors.RuleViolationError: 422,
    errors.KeyReusedError: 422,
    errors.PreconditionMissingError: 428,
    errors.TooManyAttemptsError: 429,
    errors.UnavailableError: 503,
}

_TITLES_VI = {
    400: "Yêu cầu không đúng định dạng",
    401: "Chưa xác thực",
    403: "Không có quyền",
    404: "Không tìm thấy",
    405: "Phương thức không được phép",
    409: "Trạng thái hồ sơ không cho phép",
    412: "Hồ sơ đã thay đổi",
    413: "Nội dung quá lớn",
    415: "Kiểu nội dung không được hỗ trợ",
    422: "Vi phạm quy tắc nghiệp vụ",
    428: "Thiếu điều kiện If-Match",
    429: "Quá nhiều yêu cầu",
    500: "Lỗi hệ thống",
    503: "Tạm thời không phục vụ được",
}


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


def install(app: FastAPI) -> None:
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
    return _document(
        status_of(error), error.code, error.title, error.detail, vietnamese=vietnamese, **error.extra
    )


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
    found = [_field_problem(item) for item in error.errors()]
    detail = "; ".join(f"{item['pointer']}: {item['detail']}" for item in found[:5])
    return _answer(
        _document(
            400, "malformed", "Malformed request", detail, vietnamese=_wants_vietnamese(request), errors=found
        )
    )


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    phrase = HTTPStatus(error.status_code).phrase
    code = phrase.lower().replace(" ", "-")
    document = _document(
        error.status_code, code, phrase, str(error.detail), vietnamese=_wants_vietnamese(request)
    )
    return _answer(document, dict(error.headers or {}))


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
    document = _document(500, "internal", "Internal error", "This is our fault; nothing was done.")
    return _answer(document)


def _document(
    status: int, code: str, title: str, detail: str, *, vietnamese: bool = False, **extra: Any
) -> dict[str, Any]:
    return {
        "type": f"urn:motcua:problem:{code}",
        "title": _TITLES_VI.get(status, title) if vietnamese else title,
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
    pointer = "/" + "/".join(str(part) for part in path)
    if place != "body":
        pointer = f"{place}:{'.'.join(str(part) for part in path)}"
    return {"pointer": pointer, "rule": str(item["type"]), "detail": str(item["msg"])}


def _wants_vietnamese(request: Request) -> bool:
    return request.headers.get("accept-language", "").lower().startswith("vi")
