"""The spans of events on their way: one for each event, in the trace of the request that it comes from."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from shared.events.envelope import Envelope
from shared.log.port import DOSSIER_STREAM
from shared.observability import attributes as names
from shared.observability.tracing import (
    Attributes,
    Kind,
    current_traceparent,
    is_collected,
    spans_are_made,
    tracing,
    tracing_each,
    uncollected,
)


@contextmanager
def sending(stream: str, events: Collection[Envelope]) -> Iterator[None]:
    """While a relay appends `events`."""
    told = {
        names.MESSAGING_STREAM: stream,
        names.MESSAGING_OPERATION: "send",
        names.MESSAGING_OPERATION_NAME: "append",
    }
    with tracing_each(f"append {stream}", Kind.PRODUCER, _each(events, told)):
        yield


@contextmanager
def processing(stream: str, group: str, events: Collection[Envelope]) -> Iterator[None]:
    """While `group` takes `events` in, in one transaction.

    What is logged meanwhile belongs to the batch; each event's span is linked to that.
    """
    told = {
        names.MESSAGING_STREAM: stream,
        names.MESSAGING_GROUP: group,
        names.MESSAGING_OPERATION: "process",
        names.MESSAGING_OPERATION_NAME: "apply",
    }
    if not (spans_are_made() and any(is_collected(event.traceparent) for event in events)):
        with uncollected():
            yield
        return
    batch: Attributes = {**told, names.MESSAGING_BATCH: len(events)}
    with tracing(f"apply batch {stream}", kind=Kind.CONSUMER, attributes=batch):
        links = [current_traceparent() or ""]
        with tracing_each(f"apply {stream}", Kind.CONSUMER, _each(events, told), links):
            yield


def _each(events: Collection[Envelope], told: Mapping[str, str]) -> Iterator[tuple[str | None, Attributes]]:
    for event in events:
        own: Attributes = {names.EVENT_TYPE: event.type, names.EVENT_SEQUENCE: event.sequence}
        if told[names.MESSAGING_STREAM] == DOSSIER_STREAM:
            own = {**own, names.DOSSIER_CODE: event.subject}
        yield event.traceparent, {**told, **own}
