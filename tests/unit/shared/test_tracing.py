"""Whatever happens belongs to a trace: the caller's, or one that begins here."""

import asyncio
import re
from typing import Any

import pytest

from shared.observability.tracing import current_traceparent, tracing
from shared.web.observing import Observing

THEIRS = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
OURS = re.compile("00-[0-9a-f]{32}-[0-9a-f]{16}-00")


async def _nothing(*_: object) -> Any: ...


async def trace_seen(*headers: tuple[bytes, bytes]) -> str:
    """What a request with these headers belongs to."""
    seen: list[str | None] = []

    async def app(*_: object) -> None:
        seen.append(current_traceparent())
        # What is started for it belongs to it too.
        await asyncio.gather(asyncio.create_task(note()))

    async def note() -> None:
        seen.append(current_traceparent())

    await Observing(app)({"type": "http", "method": "GET", "headers": headers}, _nothing, _nothing)
    assert current_traceparent() is None
    first, second = seen
    assert first is not None
    assert first == second
    return first


async def test_the_callers_trace_goes_on() -> None:
    assert await trace_seen((b"traceparent", THEIRS.encode())) == THEIRS
    later = THEIRS.replace("00-", "cc-", 1)
    assert await trace_seen((b"traceparent", later.encode())) == later


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        THEIRS.upper(),
        f"{THEIRS}-more",
        f"ff{THEIRS[2:]}",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01",
    ],
)
async def test_what_is_no_trace_begins_one(header: str) -> None:
    assert OURS.fullmatch(await trace_seen((b"traceparent", header.encode())))


async def test_without_a_trace_one_begins() -> None:
    first, second = await trace_seen(), await trace_seen()
    assert OURS.fullmatch(first)
    assert first != second
    assert OURS.fullmatch(await trace_seen((b"traceparent", THEIRS.encode()), (b"traceparent", b"x")))


def test_outside_there_is_none() -> None:
    with tracing("theirs", THEIRS):
        assert current_traceparent() == THEIRS
        with tracing("ours"):
            assert current_traceparent() != THEIRS
        assert current_traceparent() == THEIRS
    assert current_traceparent() is None
