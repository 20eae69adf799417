"""`/livez` and `/readyz`, for whoever keeps processes running and hands requests out."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.readiness import NotReadyError, Readiness
from shared.web.app import create_page_app


class Health:
    """Answers the two paths and hands everything else to `app`.

    Alive means that the loop turns: who is not is started anew. Ready means that everything in `readiness` is
    there and nobody has asked the process to end: who is not gets no requests.
    """

    def __init__(self, app: ASGIApp, readiness: Sequence[Readiness]) -> None:
        self.ending = False
        """Set before the process stops to listen."""
        self._app = app
        self._readiness = readiness
        self._pages = create_page_app(Route("/livez", _alive), Route("/readyz", self._ready))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["path"] in {"/livez", "/readyz"}:
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
        if self.ending:
            return JSONResponse({"status": "ending"}, 503)
        try:
            for each in self._readiness:
                await each.check()
        except NotReadyError as reason:
            return JSONResponse({"status": "not ready", "reason": str(reason)}, 503)
        return JSONResponse({"status": "ready"})


async def _alive(_: Request) -> JSONResponse:
    return JSONResponse({"status": "alive"})


def _closing(send: Send) -> Send:
    """Make every answer the last on its connection, so that no request is on its way when that is cut."""

    async def closing(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
        await send(message)

    return closing
