"""Calls over HTTP by somebody who does not let go: what has no clear answer is asked again under its key."""

import asyncio
import time
from dataclasses import dataclass
from random import Random
from types import TracebackType
from typing import Any, Self

import aiohttp
from pydantic_core import from_json, to_json

from faults.balancer import Balancer
from faults.journal import Call, Journal, Outcome
from services.console.replay.papers import Paper
from services.console.routing import service_of

_SECONDS_AN_ATTEMPT = 10.0
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
_OUTAGES = frozenset({503})
_UNAUTHENTICATED = 401


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent, the same at every attempt."""

    call: Call
    path: str
    token: str
    body: Any = None
    version: int | None = None
    papers: tuple[Paper, ...] = ()


class Callers:
    """Everybody who calls the system. Use as an asynchronous context manager."""

    def __init__(self, balancer: Balancer, journal: Journal, *, seed: int) -> None:
        self._balancer = balancer
        self._journal = journal
        self._random = Random(seed)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=_SECONDS_AN_ATTEMPT),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._session is not None  # noqa: S101 - entered
        await self._session.close()

    async def insist(self, request: Request, *, patience_seconds: float) -> Call:
        """Ask until it is clear whether it was done, or for so long."""
        deadline = time.monotonic() + patience_seconds
        pause = _SHORTEST_PAUSE
        while True:
            self._journal.sending(request.call)
            if not await self._attempt(request) or time.monotonic() > deadline:
                return request.call
            await asyncio.sleep(self._random.uniform(pause / 2, pause))
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _attempt(self, request: Request) -> bool:
        """Ask once; whether to ask again."""
        address = self._balancer.choose(service_of(request.path))
        try:
            status, retry_after, document = await self._send(address, request)
        except (aiohttp.ClientError, TimeoutError, OSError):
            self._balancer.drop(address)
            self._journal.answered(request.call, Outcome.UNKNOWN)
            return True
        if status < 300:
            self._journal.answered(request.call, Outcome.OK, status, document)
            return False
        if status >= 500:
            if status not in _OUTAGES or not retry_after:
                self._journal.undeclared.append(f"{request.call.route}: {status} {document}")
            self._journal.answered(request.call, Outcome.UNKNOWN, status, document)
            return True
        self._journal.answered(request.call, Outcome.FAIL, status)
        if status == _UNAUTHENTICATED:
            self._balancer.drop(address)
            self._journal.disbelieved.append(f"{request.call.key} at {address}")
            return True
        return False

    async def _send(self, address: str, request: Request) -> tuple[int, bool, Any]:
        assert self._session is not None  # noqa: S101 - entered
        headers = {"Authorization": f"Bearer {request.token}", "Idempotency-Key": request.call.key}
        if request.version is not None:
            headers["If-Match"] = f'"{request.version}"'
        data: bytes | aiohttp.FormData | None = None
        if request.papers:
            data = aiohttp.FormData()
            for each in request.papers:
                data.add_field("files", each.content, filename="document.pdf", content_type="application/pdf")
        elif request.body is not None:
            headers["Content-Type"] = "application/json"
            data = to_json(request.body)
        async with self._session.post(address + request.path, headers=headers, data=data) as answer:
            raw = await answer.read()
            is_json = "json" in answer.headers.get("Content-Type", "")
            document = from_json(raw) if is_json else raw.decode(errors="replace")
            return answer.status, "Retry-After" in answer.headers, document
