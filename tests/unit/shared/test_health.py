"""What `/livez`, `/readyz` and `/metrics` say, and what is done to other answers while a process ends."""

from collections.abc import AsyncIterator

import pytest
from httpx2 import ASGITransport, AsyncClient
from starlette.responses import PlainTextResponse
from starlette.types import Message

from shared.readiness import NotReadyError
from shared.web.health import Health


class Thing:
    """Something that has to be there."""

    def __init__(self) -> None:
        self.missing: str | None = None
        self.open = True

    async def check(self) -> None:
        if self.missing:
            raise NotReadyError(self.missing)

    def close(self) -> None:
        self.open = False


@pytest.fixture
def things() -> list[Thing]:
    return [Thing(), Thing()]


@pytest.fixture
def health(things: list[Thing]) -> Health:
    return Health(PlainTextResponse("theirs"), things, process="test")


@pytest.fixture
async def client(health: Health) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(transport=ASGITransport(health), base_url="http://test") as client:
        yield client


async def test_ready_means_that_everything_is_there(client: AsyncClient, things: list[Thing]) -> None:
    assert (await client.get("/readyz")).status_code == 200
    things[1].missing = "no database"
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "no database")
    assert (await client.get("/livez")).status_code == 200
    assert (await client.get("/v1/dossiers")).text == "theirs"


async def test_the_metrics_say_what_readiness_says(client: AsyncClient, things: list[Thing]) -> None:
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert 'process_ready{process="test"} 1.0' in answer.text.splitlines()
    things[0].missing = "no database"
    assert 'process_ready{process="test"} 0.0' in (await client.get("/metrics")).text.splitlines()


@pytest.mark.parametrize("path", ["/%6detrics", "/%72eadyz", "//metrics", "/metrics/"])
async def test_another_spelling_which_a_proxy_lets_through_means_nothing(
    client: AsyncClient, path: str
) -> None:
    assert (await client.get(path)).text == "theirs"


async def test_who_ends_is_alive_and_not_ready_and_lets_go_of_connections(
    client: AsyncClient, health: Health
) -> None:
    assert "connection" not in (await client.get("/v1/dossiers")).headers
    health.ending = True
    assert (await client.get("/readyz")).status_code == 503
    assert (await client.get("/livez")).status_code == 200
    answer = await client.get("/v1/dossiers")
    assert (answer.text, answer.headers["connection"]) == ("theirs", "close")


async def test_connections_are_closed_when_the_application_has_ended(things: list[Thing]) -> None:
    async def app(_scope: object, _receive: object, _send: object) -> None:
        assert things[0].open

    await Health(app, things, process="test")({"type": "lifespan"}, _receive, _send)
    assert not any(thing.open for thing in things)


async def _receive() -> Message:
    raise AssertionError


async def _send(_: Message) -> None:
    raise AssertionError
