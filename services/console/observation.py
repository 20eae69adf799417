"""How a process of ours makes itself seen: its lines, its metrics, its spans."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import ThreadingHTTPServer

from prometheus_client import MetricsHandler

from shared.observability.logging import configure_logging
from shared.observability.tracing import begin_spans_with
from shared.settings import CommonSettings


@contextmanager
def observed(process: str, settings: CommonSettings) -> Iterator[None]:
    """Around all that a process does: it logs, and sends spans where the settings name a collector."""
    configure_logging(process, level=settings.log_level)
    if not settings.otlp_endpoint:
        yield
        return
    from shared.observability.spans import Spans  # time and memory, which nobody else should pay

    kafka = settings.log_url.get_secret_value().startswith("kafka")
    system = "kafka" if kafka else "postgresql"
    with closing(Spans(process.replace(" ", "-"), settings.otlp_endpoint, log_system=system)) as spans:
        begin_spans_with(spans.begin)
        yield
        begin_spans_with(None)


def show_metrics(listener: socket.socket) -> None:
    """Answer with the metrics on `listener`, in a thread of its own, whatever the loop is doing.

    For a process that serves nothing else: the web framework would weigh more than what it shows.
    """
    server = ThreadingHTTPServer(listener.getsockname(), MetricsHandler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
