"""`/livez`, `/readyz` and `/metrics`, for whoever keeps processes running and hands requests out.

No proxy shows them: how single processes are is nobody's business outside.
"""

from collections.abc import Sequence

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.observability.metrics import PROCESS_READY
from shared.readiness import NotReadyError, Readiness
from shared.web.app import create_page_app


class Health:
    """Answers the three paths and hands everything else to `app`.

    Alive means that the loop turns: who is not is started anew. Ready means that everything in `readiness` is
    there and nobody has asked the process to end: who is not gets no requests.
    """

    def __init__(self, app: ASGIApp, readiness: Sequence[Readiness], *, process: str) -> None:
        """`process` names this one in the metrics."""
        self.ending = False
        """Set before the process stops to listen."""
        self.process = process
        self._app = app
        self._readiness = readiness
        pages = {"/livez": _alive, "/readyz": self._ready, "/metrics": self._metrics}
        # As they are written, and in no other spelling: proxies, which show none of them, read no other.
        self._paths = frozenset(path.encode() for path in pages)
        self._pages = create_page_app(*(Route(path, page) for path, page in pages.items()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["raw_path"] in self._paths:
            await self._pages(scope, receive, send)
        else:
            await self._app(scope, receive, _closing(send) if self.ending else send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        finally:
            for each in self._readiness:
                each.close()

    async def _ready(self, _: Request) -> JSONResponse:
        if (reason := await self._not_ready_because()) is not None:
            return JSONResponse({"status": "not ready", "reason": reason}, 503)
        return JSONResponse({"status": "ready"})

    async def _metrics(self, _: Request) -> Response:
        PROCESS_READY.labels(self.process).set(await self._not_ready_because() is None)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def _not_ready_because(self) -> str | None:
        if self.ending:
            return "ending"
        try:
            for each in self._readiness:
                await each.check()
        except NotReadyError as reason:
            return str(reason)
        return None


async def _alive(_: Request) -> JSONResponse:
    return JSONResponse({"status": "alive"})


def _closing(send: Send) -> Send:
    """Make every answer the last on its connection, so that no request is on its way when that is cut."""

    async def closing(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
        await send(message)

    return closing
