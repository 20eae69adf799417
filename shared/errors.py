"""Errors a caller can be told about. Each has a stable code; `shared.web.problems` maps kinds to HTTP."""

from collections.abc import Mapping
from typing import Any


class AppError(Exception):
    """A refusal with a reason. Nothing has changed when it is raised."""

    code = "error"
    title = "Error"
    title_vi = "Lỗi"

    def __init__(self, detail: str, *, code: str | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.extra: Mapping[str, Any] = extra


class NotFoundError(AppError):
    """There is no such thing, or it is not the caller's to see: the two are never told apart."""

    code = "not-found"
    title = "Not found"
    title_vi = "Không tìm thấy"


class ForbiddenError(AppError):
    """The caller may see the thing but has no role that allows the act."""

    code = "forbidden"
    title = "Forbidden"
    title_vi = "Không có quyền"


class UnauthenticatedError(AppError):
    """There is no valid token."""

    code = "unauthenticated"
    title = "Unauthenticated"
    title_vi = "Chưa xác thực"


class StateConflictError(AppError):
    """The state of the dossier does not allow the act. `extra["allowed_actions"]` says what it allows."""

    code = "state-conflict"
    title = "The state does not allow this"
    title_vi = "Trạng thái không cho phép"


class StaleVersionError(AppError):
    """If-Match names a version that is no longer the current one."""

    code = "stale-version"
    title = "There is a newer version"
    title_vi = "Đã có phiên bản mới hơn"


class PreconditionMissingError(AppError):
    """A change was asked for without If-Match."""

    code = "precondition-required"
    title = "If-Match is required"
    title_vi = "Thiếu điều kiện If-Match"


class MalformedError(AppError):
    """The shape of the request is wrong. `extra["errors"]` lists pointer and reason."""

    code = "malformed"
    title = "Malformed request"
    title_vi = "Yêu cầu không đúng định dạng"


class MethodNotAllowedError(AppError):
    """Another method than the address knows."""

    code = "method-not-allowed"
    title = "Method not allowed"
    title_vi = "Phương thức không được phép"


class TooLargeError(AppError):
    """The body is larger than any that is read."""

    code = "content-too-large"
    title = "Content too large"
    title_vi = "Nội dung quá lớn"


class UnsupportedTypeError(AppError):
    """The body came as something that is not read here."""

    code = "unsupported-media-type"
    title = "Unsupported type of content"
    title_vi = "Kiểu nội dung không được hỗ trợ"


class RuleViolationError(AppError):
    """The request is well formed and breaks a rule. `field` is a JSON pointer, `rule` a stable name."""

    code = "rule-violation"
    title = "A rule is broken"
    title_vi = "Vi phạm quy tắc nghiệp vụ"

    def __init__(self, detail: str, *, field: str, rule: str, **extra: Any) -> None:
        super().__init__(detail, code=rule, field=field, rule=rule, **extra)


class KeyReusedError(AppError):
    """An Idempotency-Key came with another body than the first time."""

    code = "idempotency-key-reused"
    title = "Idempotency-Key reused"
    title_vi = "Idempotency-Key đã dùng cho yêu cầu khác"


class TooManyAttemptsError(AppError):
    """The caller has tried this too often. `retry_after_seconds` says when to come again."""

    code = "too-many-attempts"
    title = "Too many attempts"
    title_vi = "Quá nhiều lần thử"


class UnavailableError(AppError):
    """A part the request needs does not answer now. `retry_after_seconds` says when to come again."""

    code = "unavailable"
    title = "Temporarily unavailable"
    title_vi = "Tạm thời không phục vụ được"


class InternalError(AppError):
    """A fault of ours: told to the caller in place of whatever went wrong, never raised."""

    code = "internal"
    title = "Internal error"
    title_vi = "Lỗi hệ thống"
