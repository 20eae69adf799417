"""Which trace something belongs to: W3C `traceparent`, from the request or the timer down to the events."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def current_traceparent() -> str | None:
    """The trace of whatever runs here; none where nothing has begun one."""
    return _current.get()


@contextmanager
def tracing(traceparent: str | None = None) -> Iterator[None]:
    """Whatever runs inside belongs to this trace, or to a new one."""
    token = _current.set(traceparent or f"00-{os.urandom(16).hex()}-{os.urandom(8).hex()}-00")
    try:
        yield
    finally:
        _current.reset(token)
