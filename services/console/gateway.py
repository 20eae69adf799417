"""One address for the three services: hands every request to the one whose path it is."""

import contextlib
from collections.abc import Mapping, MutableMapping
from typing import Any

from fastapi import FastAPI
from starlette.responses import HTMLResponse
from starlette.types import Receive, Scope, Send

from services.console.routing import service_of


class Gateway:
    """An ASGI application that runs the services' applications, each with its own lifespan and state."""

    def __init__(self, services: Mapping[str, FastAPI]) -> None:
        self._services = services
        self._states: dict[str, Mapping[str, Any]] = {}
        self._index = _index(services)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["path"] in {"/", "/docs"}:
            await HTMLResponse(self._index)(scope, receive, send)
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


def _index(services: Mapping[str, FastAPI]) -> str:
    rows = "".join(
        f'<li><a href="{app.docs_url}">{app.title}</a> (<a href="{app.openapi_url}">OpenAPI</a>)</li>'
        for app in services.values()
    )
    return f'<!doctype html><html lang="en"><title>Một Cửa</title><h1>Một Cửa</h1><ul>{rows}</ul></html>'
