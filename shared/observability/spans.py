"""Sends spans to a collector, over OTLP. Imported only where one is named: nobody else pays for it."""

import threading
from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    TraceFlags,
    set_span_in_context,
)

from shared.observability.attributes import (
    MESSAGING_SYSTEM,
    SERVICE_NAME,
    SERVICE_NAMESPACE,
    SERVICE_VERSION,
)
from shared.observability.tracing import Attributes, Kind
from shared.version import VERSION

_KINDS = {
    Kind.SERVER: SpanKind.SERVER,
    Kind.PRODUCER: SpanKind.PRODUCER,
    Kind.CONSUMER: SpanKind.CONSUMER,
    Kind.INTERNAL: SpanKind.INTERNAL,
}
_LAST_SECONDS = 2.0
_OF_THE_LOG = {Kind.PRODUCER, Kind.CONSUMER}


class Spans:
    """The spans of one process, sent in batches by a thread of their own; what nobody takes is dropped.

    What is sampled, how it is sent and with which headers is said by the variables of OpenTelemetry.
    """

    def __init__(self, process: str, endpoint: str, *, log_system: str) -> None:
        """`endpoint` is the collector's, without path; `log_system` names the event log's software."""
        named = {SERVICE_NAMESPACE: "motcua", SERVICE_NAME: process, SERVICE_VERSION: VERSION}
        self._provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
        exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces")
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("motcua", VERSION)
        self._log_system = log_system

    def begin(
        self, name: str, kind: Kind, parent: str | None, attributes: Attributes, links: Sequence[str]
    ) -> Span:
        """See `shared.observability.tracing.Begin`."""
        told = {**attributes, MESSAGING_SYSTEM: self._log_system} if kind in _OF_THE_LOG else attributes
        return self._tracer.start_span(
            name,
            set_span_in_context(NonRecordingSpan(_context(parent))) if parent else None,
            _KINDS[kind],
            told,
            [Link(_context(each)) for each in links],
        )

    def close(self) -> None:
        """Send what is left, if that takes 2 s at most: no process stays for a collector that is away."""
        last = threading.Thread(target=self._provider.shutdown, daemon=True)
        last.start()
        last.join(_LAST_SECONDS)


def _context(traceparent: str) -> SpanContext:
    _, trace, span, flags = traceparent.split("-")
    return SpanContext(int(trace, 16), int(span, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))
