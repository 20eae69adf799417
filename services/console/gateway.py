"""One address for the three services: hands every request to the one whose path it is."""

import contextlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from services.console.routing import service_of
from shared.web.app import create_page_app

_INDEX = ("/", "/docs")


class Gateway:
    """An ASGI application that runs the services' applications, each with its own lifespan and state."""

    def __init__(self, services: Mapping[str, FastAPI]) -> None:
        self._services = services
        self._states: dict[str, Mapping[str, Any]] = {}
        self._pages = create_page_app(*(Route(path, _index(services)) for path in _INDEX))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["path"] in _INDEX:
            await self._pages(scope, receive, send)
            return
        name = service_of(scope["path"])
        handed: MutableMapping[str, Any] = {**scope, "state": dict(self._states[name])}
        await self._services[name](handed, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with contextlib.AsyncExitStack() as lifespans:
            try:
                for name, app in self._services.items():
                    state = await lifespans.enter_async_context(app.router.lifespan_context(app))
                    self._states[name] = state or {}
            except Exception as error:
                await send({"type": "lifespan.startup.failed", "message": f"{name}: {error}"})
                raise
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def _index(services: Mapping[str, FastAPI]) -> Callable[[Request], Awaitable[HTMLResponse]]:
    rows = "".join(
        f'<li><a href="{app.docs_url}">{app.title}</a> (<a href="{app.openapi_url}">OpenAPI</a>)</li>'
        for app in services.values()
    )
    page = f'<!doctype html><html lang="en"><title>Một Cửa</title><h1>Một Cửa</h1><ul>{rows}</ul></html>'

    async def index(_: Request) -> HTMLResponse:
        return HTMLResponse(page)

    return index
