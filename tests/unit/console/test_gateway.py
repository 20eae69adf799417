"""The gateway: which service answers, with its own state, for as long as its lifespan lasts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI, Request
from httpx2 import ASGITransport, AsyncClient

from services.console.gateway import Gateway


class Services:
    """Three small services that tell who they are; `events` is what happened to them."""

    def __init__(self, *, broken: str | None = None) -> None:
        self.events: list[str] = []
        self.broken = broken
        self.apps = {name: self._app(name) for name in ("intake", "processing", "stats")}

    def _app(self, name: str) -> FastAPI:
        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
            if name == self.broken:
                raise RuntimeError("no database")
            self.events.append(f"{name} begins")
            try:
                yield {"me": name}
            finally:
                self.events.append(f"{name} ends")

        app = FastAPI(
            title=name, lifespan=lifespan, docs_url=f"/docs/{name}", openapi_url="/openapi/statistics.json"
        )

        @app.get("/{path:path}")
        async def who(path: str, request: Request) -> str:
            return f"{request.state.me} {path}"

        return app


class Lifespan:
    """The server's side of the ASGI lifespan, one step at a time."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self._asked = iter(["lifespan.startup", "lifespan.shutdown"])
        self.when_started: Any = None

    async def receive(self) -> dict[str, Any]:
        if self.sent:
            await self.when_started()
        return {"type": next(self._asked)}

    async def send(self, message: Any) -> None:
        self.sent.append(message)


async def test_every_service_answers_with_its_own_state_and_lifespan() -> None:
    services = Services()
    gateway = Gateway(services.apps)
    lifespan = Lifespan()
    answers: dict[str, str] = {}

    async def call() -> None:
        async with AsyncClient(transport=ASGITransport(app=gateway), base_url="http://one.example") as client:
            for path in (
                "/v1/dossiers",
                "/v1/cases/1",
                "/v1/reports",
                "/docs",
                "/openapi/statistics.json",
            ):
                answers[path] = (await client.get(path)).text

    lifespan.when_started = call
    await gateway({"type": "lifespan"}, lifespan.receive, lifespan.send)
    assert answers["/v1/dossiers"] == '"intake v1/dossiers"'
    assert answers["/v1/cases/1"] == '"processing v1/cases/1"'
    assert answers["/v1/reports"] == '"stats v1/reports"'
    assert all(f'href="/docs/{name}"' in answers["/docs"] for name in services.apps)
    assert '"title":"stats"' in answers["/openapi/statistics.json"]
    begun, ended = services.events[:3], services.events[3:]
    assert [name.removesuffix(" begins") for name in begun] == list(services.apps)
    assert [name.removesuffix(" ends") for name in ended] == list(services.apps)[::-1]
    assert [message["type"] for message in lifespan.sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


async def test_a_service_that_cannot_start_stops_the_others_and_is_named() -> None:
    services = Services(broken="stats")
    lifespan = Lifespan()
    with pytest.raises(RuntimeError):
        await Gateway(services.apps)({"type": "lifespan"}, lifespan.receive, lifespan.send)
    assert lifespan.sent == [{"type": "lifespan.startup.failed", "message": "stats: no database"}]
    assert services.events == ["intake begins", "processing begins", "processing ends", "intake ends"]
