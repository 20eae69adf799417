"""HTTP on a socket that may face strangers: bounds on what the library leaves unbounded."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.observability.metrics import HTTP_TURNED_AWAY

LARGEST_HEAD = 64 * 1024
HEAD_SECONDS = 15.0
# A second's work of a process. Beyond it, whoever came later would only make everybody wait longer.
MOST_AT_ONCE = 256

_REFUSAL_HEAD = "HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\ncontent-length: {length}\r\n"
_CLOSE = b"connection: close\r\n\r\n"
_HEALTH = frozenset({b"/livez", b"/readyz", b"/metrics"})
_BUSY = (
    b'{"type":"urn:motcua:problem:unavailable","title":"Temporarily unavailable","status":503,'
    b'"detail":"too many requests at once; nothing was done, come again","code":"unavailable",'
    b'"retry_after_seconds":1}'
)
_BUSY_HEAD = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nretry-after: 1\r\n"
    b"content-length: %d\r\n\r\n" % len(_BUSY)
)


class BoundedHttpProtocol(HttpToolsProtocol):
    """Ends a connection whose request head grows beyond 64 KiB or is not whole after 15 s.

    Otherwise a caller could fill the memory with headers, or hold every connection open with none. And a
    request that comes while 256 others are under way is told at once to come again, before anything is done
    for it: so a process goes on doing as much as it can, however many call.
    """

    _under_way = 0
    _turns_away = False
    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_whole()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._head_timer is None and not self._under_way:
            self._expect_head()
        super().data_received(data)
        if self._head_timer is not None:
            self._head_bytes += len(data)
            if self._head_bytes > LARGEST_HEAD:
                self._refuse("431 Request Header Fields Too Large", "the request's head is too large")

    def on_headers_complete(self) -> None:
        self._head_is_whole()
        # What came before on this connection is answered first.
        idle = not self._under_way
        self._turns_away = idle and len(self.tasks) >= MOST_AT_ONCE and self.url not in _HEALTH
        if not self._turns_away:
            self._under_way += 1
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._turns_away:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._turns_away:
            super().on_message_complete()
        elif not self.transport.is_closing():
            HTTP_TURNED_AWAY.inc()
            self._turn_away()

    def on_response_complete(self) -> None:
        self._under_way -= 1
        super().on_response_complete()

    def _turn_away(self) -> None:
        self.transport.write(_BUSY_HEAD if self.parser.get_method() == b"HEAD" else _BUSY_HEAD + _BUSY)
        if self.parser.should_keep_alive():
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        else:
            self.transport.close()

    def _expect_head(self) -> None:
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(
            HEAD_SECONDS, self._refuse, "408 Request Timeout", "the request's head did not come in time"
        )

    def _head_is_whole(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, status: str, detail: str) -> None:
        self._head_is_whole()
        if self.transport.is_closing():
            return
        code, _, title = status.partition(" ")
        body = f'{{"title":"{title}","status":{code},"detail":"{detail}","code":"http"}}'.encode()
        head = _REFUSAL_HEAD.format(status=status, length=len(body)).encode()
        self.transport.write(head + _CLOSE + body)
        self.transport.close()
