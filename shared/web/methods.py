"""The methods of HTTP that are the same for every address: HEAD, OPTIONS, and what `Allow` says."""

from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_IN_ORDER = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")


def allowed(scope: Scope) -> str | None:
    """The `Allow` of the address that a request went to; none where nothing answers."""
    known: set[str] = set()
    for route in scope["app"].routes:
        if route.matches(scope)[0] is not Match.NONE:
            # What names no methods is a folder of files.
            known |= getattr(route, "methods", None) or {"GET"}
    if not known:
        return None
    if "GET" in known:
        known.add("HEAD")
    return ", ".join(method for method in _IN_ORDER if method in known | {"OPTIONS"})


class Methods:
    """Answers HEAD as GET without the body, and OPTIONS with what the address allows."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope.get("method")
        if method == "HEAD":
            as_get = {**scope, "method": "GET"}
            try:
                await self._app(as_get, receive, _without_body(send))
            finally:
                # Whoever looks from outside learns what answered, as for every other method.
                scope["route"] = as_get.get("route")
        elif method == "OPTIONS" and (methods := allowed(scope)):
            await Response(status_code=204, headers={"Allow": methods})(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _without_body(send: Send) -> Send:
    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_head
