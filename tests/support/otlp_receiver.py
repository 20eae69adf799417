"""A collector of spans that speaks OTLP over HTTP, as a real one does, and keeps what it gets."""

import gzip
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import KeyValue


@dataclass(frozen=True, slots=True)
class ReceivedSpan:
    """What a process told of something that it did."""

    process: str
    trace: str
    span: str
    parent: str
    name: str
    failed: bool
    told: Mapping[str, str]
    links: tuple[str, ...]


@dataclass
class Receiver:
    """What came so far."""

    endpoint: str
    spans: list[ReceivedSpan] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    def of_trace(self, trace: str) -> list[ReceivedSpan]:
        return [each for each in self.spans if each.trace == trace]


@contextmanager
def receiving_spans() -> Iterator[Receiver]:
    """Listen on a free port of the loopback address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["content-length"]))
            body = gzip.decompress(sent) if self.headers["content-encoding"] == "gzip" else sent
            receiver.raw.append(body)
            receiver.spans += _spans(ExportTraceServiceRequest.FromString(body))
            self.send_response(200 if self.path == "/v1/traces" else 404)
            self.send_header("content-type", "application/x-protobuf")
            self.end_headers()
            self.wfile.write(ExportTraceServiceResponse().SerializeToString())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _spans(request: ExportTraceServiceRequest) -> Iterator[ReceivedSpan]:
    for of_resource in request.resource_spans:
        process = _told(of_resource.resource.attributes)["service.name"]
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                yield ReceivedSpan(
                    process,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    span.name,
                    span.status.code == span.status.STATUS_CODE_ERROR,
                    _told(span.attributes),
                    tuple(link.span_id.hex() for link in span.links),
                )


def _told(attributes: "Iterator[KeyValue] | list[KeyValue]") -> Mapping[str, str]:
    return {each.key: each.value.string_value or str(each.value.int_value) for each in attributes}
