"""Which spans are made of events on their way."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager

import pytest
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from shared.events.envelope import Envelope
from shared.log.port import DOSSIER_STREAM, REFERENCE_STREAM
from shared.observability.event_spans import processing, sending
from shared.observability.tracing import Attributes, Kind, begin_spans_with, current_traceparent
from tests.support.backbone import code, event

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
THEIRS = f"00-{TRACE}-00f067aa0ba902b7-01"
NOT_COLLECTED = THEIRS.replace("-01", "-00")


class Begun(NonRecordingSpan):
    """A span, and what it began with."""

    def __init__(
        self, number: int, name: str, kind: Kind, parent: str | None, told: Attributes, links: Sequence[str]
    ) -> None:
        super().__init__(SpanContext(7, number, is_remote=False, trace_flags=TraceFlags(1)))
        self.name, self.kind, self.parent, self.told, self.links = name, kind, parent, told, links
        self.ended = self.failed = False

    def set_status(self, status: object, description: str | None = None) -> None:
        self.failed = True

    def end(self, end_time: int | None = None) -> None:
        self.ended = True


@pytest.fixture
def spans() -> Iterator[list[Begun]]:
    begun: list[Begun] = []

    def begin(
        name: str, kind: Kind, parent: str | None, told: Attributes, links: Sequence[str]
    ) -> NonRecordingSpan:
        begun.append(Begun(len(begun) + 1, name, kind, parent, told, links))
        return begun[-1]

    begin_spans_with(begin)
    yield begun
    begin_spans_with(None)


def one(number: int, traceparent: str | None = THEIRS) -> Envelope:
    return event(code(number), 1).model_copy(update={"traceparent": traceparent})


def consuming(*events: Envelope) -> AbstractContextManager[None]:
    return processing(DOSSIER_STREAM, "stats", events)


def test_each_event_is_sent_in_its_own_trace(spans: list[Begun]) -> None:
    with sending(DOSSIER_STREAM, [one(1), one(2)]):
        assert not any(each.ended for each in spans)
    assert [(each.name, each.kind, each.parent) for each in spans] == [
        ("append dossier", Kind.PRODUCER, THEIRS)
    ] * 2
    assert [each.told["motcua.dossier.code"] for each in spans] == [code(1), code(2)]
    assert all(each.ended for each in spans)


def test_events_of_a_batch_are_linked_to_what_it_costs(spans: list[Begun]) -> None:
    with consuming(one(1), one(2)):
        assert current_traceparent() == f"00-{7:032x}-{1:016x}-01"
    batch, *each = spans
    assert (batch.name, batch.parent, batch.told["messaging.batch.message_count"]) == (
        "apply batch dossier",
        None,
        2,
    )
    assert [(span.parent, span.links) for span in each] == [(THEIRS, [f"00-{7:032x}-{1:016x}-01"])] * 2
    assert {span.told["messaging.consumer.group.name"] for span in spans} == {"stats"}
    assert current_traceparent() is None


@pytest.mark.parametrize("traceparent", [None, NOT_COLLECTED, "nonsense", THEIRS + "-more"])
def test_what_nobody_collects_is_no_span(spans: list[Begun], traceparent: str | None) -> None:
    with sending(DOSSIER_STREAM, [one(1, traceparent)]), consuming(one(1, traceparent)):
        # What is logged meanwhile has a trace all the same.
        assert current_traceparent()
    assert spans == []


def test_a_batch_of_both_tells_of_those_that_are_collected(spans: list[Begun]) -> None:
    with consuming(one(1), one(2, NOT_COLLECTED), one(3, None)):
        pass
    assert [each.told.get("motcua.dossier.code") for each in spans] == [None, code(1)]


def test_a_batch_that_fails_marks_every_span(spans: list[Begun]) -> None:
    with pytest.raises(OSError, match="away"), consuming(one(1), one(2)):
        raise OSError("away")
    assert len(spans) == 3
    assert all(each.failed and each.ended for each in spans)


def test_reference_data_is_about_no_dossier(spans: list[Begun]) -> None:
    with sending(REFERENCE_STREAM, [one(1)]):
        pass
    assert "motcua.dossier.code" not in spans[0].told


def test_without_a_collector_there_are_no_spans_and_a_trace() -> None:
    with sending(DOSSIER_STREAM, [one(1)]), consuming(one(1)):
        assert current_traceparent()
    assert current_traceparent() is None
