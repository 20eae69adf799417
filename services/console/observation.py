"""How a process of ours makes itself seen: its lines, its metrics, its spans."""

import socket
import threading
from http.server import ThreadingHTTPServer

from prometheus_client import MetricsHandler

from shared.observability.logging import configure_logging
from shared.observability.tracing import begin_spans_with
from shared.settings import CommonSettings


def observe(process: str, settings: CommonSettings) -> None:
    """Call once, at the start: from now on it logs, and sends spans where the settings name a collector."""
    configure_logging(process, level=settings.log_level)
    if settings.otlp_endpoint:
        from shared.observability.spans import Spans  # time and memory, which nobody else should pay

        kafka = settings.log_url.get_secret_value().startswith("kafka")
        spans = Spans(
            process.replace(" ", "-"),
            settings.otlp_endpoint,
            log_system="kafka" if kafka else "postgresql",
        )
        begin_spans_with(spans.begin)


def show_metrics(listener: socket.socket) -> None:
    """Answer with the metrics on `listener`, in a thread of its own, whatever the loop is doing.

    For a process that serves nothing else: the web framework would weigh more than what it shows.
    """
    server = ThreadingHTTPServer(listener.getsockname(), MetricsHandler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
