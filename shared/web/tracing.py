"""The trace that a request belongs to."""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.observability.tracing import tracing

# Neither version ff, which is forbidden, nor ids of zeros, which name nothing.
_TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Tracing:
    """Every request belongs to the trace that its caller names in `traceparent`, or to a new one.

    What is no such header is ignored, as W3C Trace Context wants it: no reason to refuse a request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        named = [value for name, value in scope["headers"] if name == b"traceparent"]
        known = len(named) == 1 and _TRACEPARENT.fullmatch(named[0])
        with tracing(named[0].decode() if known else None):
            await self._app(scope, receive, send)
