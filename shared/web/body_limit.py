"""How large a request may be: refused as everything else is, where the framework answers in plain text."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.observability.metrics import UPLOAD_REJECTED


class BodyLimit:
    """Refuses bodies beyond `largest` bytes with 413, by their announced length or as they come in."""

    def __init__(self, app: ASGIApp, largest: int) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        too_large = announced.isdigit() and int(announced) > self._largest
        if announced.isdigit() and not too_large:
            # The server hands on no more than was announced: nothing to count.
            await self._app(scope, receive, send)
            return
        received = 0

        async def limited() -> Message:
            nonlocal received
            if too_large:
                raise self._refusal()
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._largest:
                raise self._refusal()
            return message

        await self._app(scope, limited, send)

    def _refusal(self) -> HTTPException:
        UPLOAD_REJECTED.labels("content-too-large").inc()
        return HTTPException(413, f"a request has at most {self._largest} bytes")
