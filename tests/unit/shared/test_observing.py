"""What is counted of a request, and what its span tells."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from opentelemetry.trace import NonRecordingSpan, SpanContext, Status, TraceFlags
from prometheus_client import REGISTRY
from starlette.types import Message, Receive, Scope, Send

from shared.observability.tracing import Attributes, Kind, begin_spans_with
from shared.web.observing import Observing

CODE = "H41.SCT-230515-0001"


class Route:
    path = "/v1/dossiers/{code}"


class ToldSpan(NonRecordingSpan):
    """A span that keeps what it is told."""

    def __init__(self) -> None:
        super().__init__(SpanContext(1, 1, is_remote=False, trace_flags=TraceFlags(1)))
        self.name = ""
        self.told: dict[str, Any] = {}
        self.failed = False
        self.ended = False

    def is_recording(self) -> bool:
        return True

    def update_name(self, name: str) -> None:
        self.name = name

    def set_attribute(self, key: str, value: Any) -> None:
        self.told[key] = value

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        self.told |= attributes

    def set_status(self, status: Any, description: str | None = None) -> None:
        assert description is None
        assert not isinstance(status, Status)
        self.failed = True

    def end(self, end_time: int | None = None) -> None:
        self.ended = True


@pytest.fixture
def spans() -> Iterator[list[ToldSpan]]:
    begun: list[ToldSpan] = []

    def begin(name: str, kind: Kind, _: str | None, told: Attributes, links: Sequence[str]) -> ToldSpan:
        assert (name, kind, told, links) == ("GET", Kind.SERVER, {}, ())
        begun.append(ToldSpan())
        return begun[-1]

    begin_spans_with(begin)
    yield begun
    begin_spans_with(None)


async def ask(
    status: int | None = 200, *, method: str = "GET", code: str = CODE, error: Exception | None = None
) -> None:
    async def app(scope: Scope, _: Receive, send: Send) -> None:
        assert REGISTRY.get_sample_value("http_server_active_requests") == 1
        scope["route"], scope["path_params"] = Route, {"code": code}
        if status:
            await send({"type": "http.response.start", "status": status})
        if error:
            raise error

    async def send(_: Message) -> None: ...

    async def receive() -> Message:
        raise AssertionError

    await Observing(app)({"type": "http", "method": method, "headers": []}, receive, send)


def counted(**labels: str) -> float:
    expected = {
        "http_request_method": "GET",
        "http_route": Route.path,
        "http_response_status_code": "200",
        **labels,
    }
    return REGISTRY.get_sample_value("http_server_request_duration_seconds_count", expected) or 0


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [200, 404, 503])
async def test_a_request_is_counted_by_its_route(method: str, status: int) -> None:
    labels = {"http_request_method": method, "http_response_status_code": str(status)}
    before = counted(**labels)
    await ask(status, method=method)
    assert counted(**labels) == before + 1
    assert REGISTRY.get_sample_value("http_server_active_requests") == 0


async def test_an_invented_method_makes_no_series() -> None:
    before = counted(http_request_method="_OTHER")
    await ask(method="BREW")
    assert counted(http_request_method="_OTHER") == before + 1
    assert counted(http_request_method="BREW") == 0


async def test_what_breaks_off_counts_as_failed() -> None:
    before = counted(http_response_status_code="500")
    with pytest.raises(ZeroDivisionError):
        await ask(None, error=ZeroDivisionError())
    assert counted(http_response_status_code="500") == before + 1
    assert REGISTRY.get_sample_value("http_server_active_requests") == 0


async def test_a_span_names_the_route_and_the_dossier(spans: list[ToldSpan]) -> None:
    await ask()
    (span,) = spans
    assert (span.name, span.failed, span.ended) == (f"GET {Route.path}", False, True)
    assert span.told == {
        "http.request.method": "GET",
        "http.route": Route.path,
        "http.response.status_code": 200,
        "motcua.dossier.code": CODE,
    }


async def test_what_is_no_code_is_not_told(spans: list[ToldSpan]) -> None:
    await ask(404, code="040990071717")
    assert "motcua.dossier.code" not in spans[0].told
    assert not spans[0].failed


async def test_a_failure_tells_its_type_and_nothing_else(spans: list[ToldSpan]) -> None:
    await ask(503)
    with pytest.raises(ValueError, match="040990071717"):
        await ask(None, error=ValueError("040990071717"))
    assert [each.failed for each in spans] == [True, True]
    assert [each.told["error.type"] for each in spans] == ["503", "ValueError"]
    assert "040990071717" not in str([each.told for each in spans])
