"""Logs: one JSON object a line on stderr, times in UTC; for people when a terminal listens.

What is logged are events and codes, never personal data: callers log names of things, not their contents,
and the values of what a failing function held are not written.
"""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from shared.observability.seldom import Seldom
from shared.observability.tracing import current_traceparent

# Words under which something personal or secret might be handed over by mistake.
_NEVER = frozenset(
    {"address", "authorization", "body", "cookie", "dsn", "email", "full_name", "id_number", "password"}
    | {"payload", "phone", "sealed", "secret", "token"}
)
_LONGEST_VALUE = 2_000


def configure_logging(process: str, *, level: str = "info") -> None:
    """Call once, at the start. `process` names this one in every line; libraries' logs take the same form."""
    on_terminal = sys.stderr.isatty()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        with_trace,
        withhold,
    ]
    last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if on_terminal:
        last += [
            make_printable,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ]
    else:
        last += [structlog.processors.format_exc_info, without_details, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_naming(process), *last])
    )
    handler.addFilter(Seldom("aiokafka"))
    handler.addFilter(Seldom("opentelemetry"))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.captureWarnings(capture=True)


def with_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Name the trace that the line belongs to, and the span if there is one for it, unless the line does."""
    if "trace_id" not in event and (traceparent := current_traceparent()):
        _, event["trace_id"], event["span_id"], _ = traceparent.split("-")
    return event


def withhold(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Leave out what stands under a word that promises personal data or a secret; bound the length."""
    event.pop("color_message", None)  # uvicorn's second copy of a message, for its own terminal form
    for name, value in event.items():
        if name in _NEVER:
            event[name] = "withheld"
        elif isinstance(value, str) and len(value) > _LONGEST_VALUE:
            event[name] = f"{value[:_LONGEST_VALUE]}… ({len(value)} characters)"
    return event


def without_details(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Leave out the lines in which PostgreSQL repeats the values of the row it refused."""
    if isinstance(text := event.get("exception"), str):
        event["exception"] = "\n".join(
            line for line in text.splitlines() if not line.lstrip().startswith("DETAIL:")
        )
    return event


def make_printable(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Show control characters as escapes: a logged value can neither fake a line nor steer a terminal."""
    return {name: _printable(value) if isinstance(value, str) else value for name, value in event.items()}


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _naming(process: str) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {"process": process, **event}

    return add
