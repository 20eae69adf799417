"""How a simulated partner misbehaves: on demand, by chance, with a seed."""

import asyncio
from random import Random

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_CONTROL = "/simulator/"
_GARBAGE = b'{"error_code": "0", "result": [{"MaHo'
_LARGE = b" " * (1 << 20)
_LARGE_TIMES = 50


class Misbehaviour(BaseModel):
    """Shares of the calls, 0 to 1, to which each of this happens; at most one of them to a call."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    seed: int = 0
    delay_seconds: float = Field(default=0, ge=0, le=60)
    """Every call takes so much longer."""
    away: float = Field(default=0, ge=0, le=1)
    """503, and nothing is done."""
    busy: float = Field(default=0, ge=0, le=1)
    """429 with `Retry-After: 1`, and nothing is done."""
    fails_before: float = Field(default=0, ge=0, le=1)
    """500, and nothing is done."""
    fails_after: float = Field(default=0, ge=0, le=1)
    """It is done, and the answer is 500."""
    hangs_up: float = Field(default=0, ge=0, le=1)
    """It is done, and half of an answer comes."""
    garbage: float = Field(default=0, ge=0, le=1)
    """It is done, and the answer is broken JSON, a page of HTML or a redirect."""
    endless: float = Field(default=0, ge=0, le=1)
    """It is done, and the answer has 50 MB."""
    forgets: float = Field(default=0, ge=0, le=1)
    """It is answered as if it were done, and is not."""


class Misbehaving:
    """Goes around an application. `PUT /simulator/misbehaviour` says how from now on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._now = Misbehaviour()
        self._random = Random(0)  # noqa: S311 - chance has a seed here

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] == f"{_CONTROL}misbehaviour":
            await self._change(scope, receive, send)
        elif scope["path"].startswith(_CONTROL):
            await self._app(scope, receive, send)
        else:
            await self._answer(scope, receive, send)

    async def _change(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._now = Misbehaviour.model_validate_json(await Request(scope, receive).body())
        self._random = Random(self._now.seed)  # noqa: S311 - chance has a seed here
        await JSONResponse(self._now.model_dump())(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(self._now.delay_seconds)
        what = self._chosen()
        instead: dict[str, Response] = {
            "away": Response(status_code=503),
            "busy": Response(status_code=429, headers={"Retry-After": "1"}),
            "fails_before": Response("Internal Server Error", 500),
        }
        if what in instead:
            await instead[what](scope, receive, send)
            return
        scope["state"] = {"forgets": what == "forgets"}
        after: dict[str, Response] = {
            "fails_after": Response("Internal Server Error", 500),
            "hangs_up": Response(_GARBAGE, media_type="application/json"),
            "garbage": self._random.choice(
                [Response(_GARBAGE), HTMLResponse("<h1>Bảo trì</h1>"), RedirectResponse("/elsewhere")]
            ),
        }
        if what == "endless":
            await self._app(scope, receive, _nowhere)
            await _endless(send)
        elif what in after:
            await self._app(scope, receive, _nowhere)
            await after[what](scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _chosen(self) -> str | None:
        at = self._random.random()
        for what, share in self._now.model_dump(exclude={"seed", "delay_seconds"}).items():
            if at < share:
                return what
            at -= share
        return None


async def _nowhere(_: Message) -> None: ...


async def _endless(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(_LARGE_TIMES):
        await send({"type": "http.response.body", "body": _LARGE, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
