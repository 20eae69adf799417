"""An ordinary client of the public API: one session, many callers, patient with a service that restarts."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import aiohttp
from pydantic_core import from_json, to_json

from services.console.replay.papers import Paper

CALLERS = 32
FILES_A_CALL = 20
_PATIENCE_SECONDS = 30.0
_BOUNDARY = b"motcua-replay-3e1f"
_PART = (
    b"--" + _BOUNDARY + b'\r\nContent-Disposition: form-data; name="files"; filename="%b.pdf"\r\n'
    b"Content-Type: application/pdf\r\n\r\n%b\r\n"
)
_BUSY = frozenset({429, 502, 503, 504})


class Answer(NamedTuple):
    """What came back."""

    status: int
    document: Any
    etag: str | None


class CallFailedError(Exception):
    """The API refused a call that the plan needs, or does not answer any more."""


class Client:
    """Calls with a token each. Use as an asynchronous context manager."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CALLERS), timeout=aiohttp.ClientTimeout(total=120)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session:
            await self._session.close()

    async def get(self, path: str, token: str | None = None, **parameters: str) -> Answer:
        """GET with query parameters."""
        return await self._call("GET", path, token, parameters=parameters)

    async def send(
        self,
        method: str,
        path: str,
        token: str,
        body: Mapping[str, Any] | None,
        *,
        key: str | None = None,
        version: int | None = None,
    ) -> Answer:
        """A change, with Idempotency-Key and If-Match where they are given."""
        headers = {}
        if key is not None:
            headers["Idempotency-Key"] = key
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        if body is not None:
            headers["Content-Type"] = "application/json"
        return await self._call(method, path, token, headers, None if body is None else to_json(body))

    async def upload(self, path: str, token: str, papers: Sequence[Paper]) -> None:
        """Store documents. Raises `CallFailedError`."""
        parts = [_PART % (paper.digest[:12].encode(), paper.content) for paper in papers]
        data = b"".join(parts) + b"--" + _BOUNDARY + b"--\r\n"
        headers = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY.decode()}"}
        answer = await self._call("POST", path, token, headers, data)
        if answer.status != 201 or answer.document["digests"] != [paper.digest for paper in papers]:
            raise CallFailedError(f"documents were not stored: {answer.status} {answer.document}")

    async def _call(
        self,
        method: str,
        path: str,
        token: str | None,
        headers: dict[str, str] | None = None,
        data: bytes | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> Answer:
        assert self._session is not None  # noqa: S101 - entered
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        pause, waited = 0.05, 0.0
        while True:
            try:
                async with self._session.request(
                    method, self._address + path, headers=sent, data=data, params=parameters or None
                ) as response:
                    raw = await response.read()
                    if response.status not in _BUSY or waited >= _PATIENCE_SECONDS:
                        document = from_json(raw) if raw else None
                        return Answer(response.status, document, response.headers.get("ETag"))
            except (aiohttp.ClientConnectionError, TimeoutError) as error:
                if waited >= _PATIENCE_SECONDS:
                    raise CallFailedError(f"{method} {path}: no answer: {error}") from error
            await asyncio.sleep(pause)
            waited += pause
            pause = min(2 * pause, 2.0)


def described(answer: Answer) -> str:
    """A refusal in one line."""
    return f"{answer.status} {json.dumps(answer.document, ensure_ascii=False)}"
