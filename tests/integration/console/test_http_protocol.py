"""Bounds on request heads, over a real socket."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import uvicorn
from prometheus_client import REGISTRY
from starlette.types import Receive, Scope, Send

from services.console import http_protocol
from services.console.http_protocol import LARGEST_HEAD, BoundedHttpProtocol

REQUEST = b"GET / HTTP/1.1\r\nhost: one.example\r\n"


async def answer_ok(_: Scope, receive: Receive, send: Send) -> None:
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def status(self) -> int:
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 5)
        length = next(int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
        await self.reader.readexactly(length)
        return int(head.split()[1])

    async def is_closed(self) -> bool:
        return await asyncio.wait_for(self.reader.read(1), 5) == b""


@pytest.fixture
async def connection(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connection]:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 1.0)
    config = uvicorn.Config(
        answer_ok, http=BoundedHttpProtocol, ws="none", lifespan="off", log_config=None, port=0
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    reader, writer = await asyncio.open_connection(*server.servers[0].sockets[0].getsockname())
    yield Connection(reader, writer)
    writer.close()
    server.should_exit = True
    await serving


async def test_ordinary_requests_follow_each_other_on_one_connection(connection: Connection) -> None:
    for _ in range(3):
        connection.writer.write(REQUEST + b"\r\n")
        assert await connection.status() == 200


async def test_a_large_body_is_not_taken_for_a_head(connection: Connection) -> None:
    body = b"x" * (LARGEST_HEAD * 4)
    connection.writer.write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
    assert await connection.status() == 200


async def test_a_head_without_end_is_refused(connection: Connection) -> None:
    connection.writer.write(REQUEST + b"x-filler: " + b"a" * (LARGEST_HEAD + 1))
    assert await connection.status() == 431
    assert await connection.is_closed()


async def test_a_second_head_without_end_is_refused(connection: Connection) -> None:
    connection.writer.write(REQUEST + b"\r\n")
    assert await connection.status() == 200
    connection.writer.write(REQUEST + b"x-filler: " + b"a" * (LARGEST_HEAD + 1))
    assert await connection.status() == 431


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nho"], ids=["silent", "half a head"])
async def test_a_head_that_does_not_come_is_not_waited_for(connection: Connection, begun: bytes) -> None:
    connection.writer.write(begun)
    assert await connection.status() == 408
    assert await connection.is_closed()


async def test_who_comes_when_too_many_are_under_way_is_told_to_come_again(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "MOST_AT_ONCE", 0)
    counted = REGISTRY.get_sample_value("http_server_requests_turned_away_total") or 0
    for _ in range(2):
        connection.writer.write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nbody")
        head = await asyncio.wait_for(connection.reader.readuntil(b"\r\n\r\n"), 5)
        assert head.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1\r\n" in head
        length = next(int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
        problem = json.loads(await connection.reader.readexactly(length))
        assert (problem["status"], problem["code"]) == (503, "unavailable")

    assert REGISTRY.get_sample_value("http_server_requests_turned_away_total") == counted + 2
    connection.writer.write(b"HEAD / HTTP/1.1\r\nhost: a\r\n\r\n")
    head = await asyncio.wait_for(connection.reader.readuntil(b"\r\n\r\n"), 5)
    assert head.startswith(b"HTTP/1.1 503 ")  # and nothing but the head: the next answer is the next one's
    for path in (b"/livez", b"/readyz", b"/metrics"):
        connection.writer.write(b"GET %b HTTP/1.1\r\nhost: a\r\n\r\n" % path)
        assert await connection.status() == 200
    monkeypatch.undo()
    connection.writer.write(REQUEST + b"\r\n")
    assert await connection.status() == 200


async def test_who_is_told_to_come_again_and_wanted_to_hang_up_is_hung_up_on(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "MOST_AT_ONCE", 0)
    connection.writer.write(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
    assert await connection.status() == 503
    assert await connection.is_closed()
