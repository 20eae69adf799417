"""How requests are seen from outside: to which trace each belongs, how long it took and what came of it."""

import re
import time
from typing import get_args

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.observability.attributes import DOSSIER_CODE, HTTP_METHOD, HTTP_ROUTE, HTTP_STATUS
from shared.observability.metrics import HTTP_ACTIVE, HTTP_DURATION
from shared.observability.tracing import Kind, is_traceparent, mark_failed, tracing
from shared.schemas.base import DossierCode

_DOSSIER_CODE = re.compile(get_args(DossierCode)[1].pattern)
# Whoever invents methods must not invent series.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Observing:
    """Every request belongs to the trace that its caller names in `traceparent`, or to a new one.

    What is no such header is ignored, as W3C Trace Context wants it: no reason to refuse a request. It goes
    around everything else, so that whatever is logged of a request is logged inside its trace.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = time.perf_counter()
        HTTP_ACTIVE.inc()
        with tracing(method, _traceparent(scope), kind=Kind.SERVER) as span:
            try:
                await self._app(scope, receive, seen)
            finally:
                route = getattr(scope.get("route"), "path", "")
                HTTP_ACTIVE.dec()
                HTTP_DURATION.labels(method, route, status).observe(time.perf_counter() - began)
                if span is not None and span.is_recording():
                    span.update_name(f"{method} {route}".rstrip())
                    span.set_attributes({HTTP_METHOD: method, HTTP_ROUTE: route, HTTP_STATUS: status})
                    # Anybody may write anything into an address.
                    if _DOSSIER_CODE.match(code := scope.get("path_params", {}).get("code", "")):
                        span.set_attribute(DOSSIER_CODE, code)
                    if status >= 500:
                        mark_failed(span, str(status))


def _traceparent(scope: Scope) -> str | None:
    named = [value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"]
    return named[0] if len(named) == 1 and is_traceparent(named[0]) else None
