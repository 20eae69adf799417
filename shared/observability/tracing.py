"""Which trace something belongs to: W3C `traceparent`, from the request or the timer down to the events.

It is known whether or not anybody collects spans. Where somebody does (`shared.observability.spans`), what
runs inside `tracing` is a span, and what it writes belongs to that.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.observability.attributes import ERROR_TYPE

if TYPE_CHECKING:
    from opentelemetry.trace import Span

Attributes = Mapping[str, str | int]

_NOTHING: Attributes = {}
# Neither version ff, which is forbidden, nor ids of zeros, which name nothing.
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Kind(StrEnum):
    """Which side of what a span is."""

    SERVER = "server"
    PRODUCER = "producer"
    CONSUMER = "consumer"
    INTERNAL = "internal"


Begin = Callable[[str, Kind, str | None, Attributes, Sequence[str]], "Span"]
"""Begins a span: name, kind, its parent's `traceparent`, attributes, the `traceparent` of each link."""

_current: ContextVar[str | None] = ContextVar("traceparent", default=None)
_begin: Begin | None = None


def begin_spans_with(begin: Begin | None) -> None:
    """From now on `tracing` and `tracing_each` make spans with this; without it none, as at first."""
    global _begin  # noqa: PLW0603 - one for the process, as the place that spans go to
    _begin = begin


def spans_are_made() -> bool:
    """Whether anybody collects spans from this process."""
    return _begin is not None


def current_traceparent() -> str | None:
    """The trace of whatever runs here; none where nothing has begun one."""
    return _current.get()


@contextmanager
def tracing(
    name: str, parent: str | None = None, *, kind: Kind = Kind.INTERNAL, attributes: Attributes = _NOTHING
) -> Iterator["Span | None"]:
    """Whatever runs inside belongs to the trace of `parent`, or to a new one. Hands on the span, if any."""
    if _begin is None:
        with uncollected(parent):
            yield None
        return
    span = _begin(name, kind, parent, attributes, ())
    with uncollected(traceparent_of(span)), _ending([span]):
        yield span


@contextmanager
def uncollected(traceparent: str | None = None) -> Iterator[None]:
    """Whatever runs inside belongs to this trace, or to a new one, and is no span."""
    token = _current.set(traceparent or f"00-{os.urandom(16).hex()}-{os.urandom(8).hex()}-00")
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def tracing_each(
    name: str, kind: Kind, events: Iterable[tuple[str | None, Attributes]], links: Sequence[str] = ()
) -> Iterator[None]:
    """A span for each of `events` (`traceparent`, attributes) whose trace is collected, while this runs."""
    if _begin is None:
        yield
        return
    with _ending(
        [_begin(name, kind, parent, told, links) for parent, told in events if is_collected(parent)]
    ):
        yield


def is_traceparent(value: str) -> bool:
    """Whether it names a trace, as W3C Trace Context has it."""
    return _TRACEPARENT.fullmatch(value) is not None


def is_collected(traceparent: str | None) -> bool:
    """Whether it names a trace, and whoever began that has it collected."""
    return traceparent is not None and is_traceparent(traceparent) and bool(int(traceparent[-2:], 16) & 1)


def mark_failed(span: "Span", error_type: str) -> None:
    """Let `span` tell that it went wrong, and of what only the type: words may carry somebody's data."""
    from opentelemetry.trace import StatusCode

    span.set_attribute(ERROR_TYPE, error_type)
    span.set_status(StatusCode.ERROR)


def traceparent_of(span: "Span") -> str:
    """The span as others name it."""
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


@contextmanager
def _ending(spans: Sequence["Span"]) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        for span in spans:
            mark_failed(span, type(error).__name__)
        raise
    finally:
        for span in spans:
            span.end()
