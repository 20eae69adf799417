"""Spans on their way to a collector, and what happens where there is none."""

import socket
import time
from collections.abc import Iterator

import pytest

from shared.observability.spans import Spans
from shared.observability.tracing import Kind, traceparent_of
from tests.support.otlp_receiver import receiving_spans

THEIRS = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def told(endpoint: str) -> Spans:
    spans = Spans("intake-api", endpoint, log_system="kafka")
    parent = spans.begin("GET", Kind.SERVER, THEIRS, {"http.route": "/v1/dossiers"}, ())
    own = spans.begin("append dossier", Kind.PRODUCER, traceparent_of(parent), {}, [THEIRS])
    own.end()
    parent.end()
    return spans


def test_what_is_left_is_sent_at_the_end() -> None:
    with receiving_spans() as receiver:
        told(f"{receiver.endpoint}/").close()
    child, parent = receiver.spans
    assert {parent.process, child.process} == {"intake-api"}
    assert (parent.trace, parent.parent) == (THEIRS[3:35], THEIRS[36:52])
    assert (child.trace, child.parent, child.links) == (parent.trace, parent.span, (THEIRS[36:52],))
    assert parent.told == {"http.route": "/v1/dossiers"}
    assert child.told == {"messaging.system": "kafka"}


def test_where_a_caller_has_nothing_collected_nothing_is() -> None:
    with receiving_spans() as receiver:
        spans = Spans("intake-api", receiver.endpoint, log_system="kafka")
        span = spans.begin("GET", Kind.SERVER, THEIRS.replace("-01", "-00"), {}, ())
        assert not span.is_recording()
        # The trace goes on.
        assert traceparent_of(span).startswith(THEIRS[:36])
        span.end()
        spans.close()
    assert receiver.spans == []


@pytest.fixture(params=["away", "silent"])
def nobody(request: pytest.FixtureRequest) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        if request.param == "away":
            listener.close()
        yield address


def test_nobody_waits_for_a_collector_that_does_not_answer(nobody: str) -> None:
    spans = told(nobody)
    began = time.monotonic()
    spans.close()
    assert time.monotonic() - began < 4
