"""Callers who never wait, in a process of their own: as many requests a second as they are told.

`python -m faults.flood <order> <answers>`: the order is JSON, the answers are one JSON line per request.
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvloop

_LAST_ANSWERS_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Order:
    """What to send."""

    addresses: Sequence[str]
    head: str
    """Of every request, with a place for its key."""
    body: str
    prefix: str
    """What every key begins with."""
    connections: int
    seconds: float
    rate: float | None = None
    """Requests a second over all connections; none for as many as are answered."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one request. Status 0 where nothing did."""

    key: str
    status: int
    retry_after: bool
    sent_at: float
    answered_at: float
    document: Any


async def flood(order: Order) -> Sequence[Answer]:
    """Send all of it, and wait for the last answers."""
    began = time.monotonic()
    ends = began + order.seconds
    sent = 0
    answers: list[Answer] = []

    async def lane(address: str) -> None:
        nonlocal sent
        connection = _Connection(address)
        while (now := time.monotonic()) < ends:
            number = sent
            sent += 1
            if order.rate is not None and (early := began + number / order.rate - now) > 0:
                await asyncio.sleep(early)
            key = f"{order.prefix}-{number}"
            answers.append(await connection.ask(key, f"{order.head.format(key=key)}{order.body}".encode()))
        await connection.close()

    lanes = (lane(order.addresses[n % len(order.addresses)]) for n in range(order.connections))
    await asyncio.gather(*lanes)
    return answers


class _Connection:
    """One after another on one connection, which is opened again when it was lost."""

    def __init__(self, address: str) -> None:
        self._address = urlsplit(address)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, key: str, request: bytes) -> Answer:
        sent_at = time.monotonic()
        try:
            async with asyncio.timeout(_LAST_ANSWERS_SECONDS):
                status, headers, document = await self._ask(request)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            await self.close()
            return Answer(key, 0, False, sent_at, time.monotonic(), None)
        return Answer(key, status, b"\r\nretry-after:" in headers, sent_at, time.monotonic(), document)

    async def _ask(self, request: bytes) -> tuple[int, bytes, Any]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._address.hostname, self._address.port)
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        _, _, length = head.partition(b"\r\ncontent-length:")
        body = await reader.readexactly(int(length.partition(b"\r\n")[0]))
        status = int(head[9:12])
        return status, head, json.loads(body) if status < 300 else None

    async def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def _ordered(document: Mapping[str, Any]) -> Order:
    return Order(**document)


if __name__ == "__main__":
    given, told = map(Path, sys.argv[1:])
    found = uvloop.run(flood(_ordered(json.loads(given.read_text()))))
    told.write_text("".join(json.dumps(asdict(each)) + "\n" for each in found))
