"""Every address answers HEAD and OPTIONS, and says which methods it knows when it is asked with another."""

from collections.abc import Mapping
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response

from services.console.gateway import Gateway
from shared.web.health import Health
from tests.support.clients import problem
from tests.support.idle import OPERATIONS, ask
from tests.support.openapi import idle_applications

_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "TRACE")
_PATHS = {operation.template: operation.path for operation in OPERATIONS}
_KNOWN: dict[tuple[str, str], set[str]] = {}
for operation in OPERATIONS:
    _KNOWN.setdefault((operation.service, _PATHS[operation.template]), set()).add(operation.method)
# In the place of a fixed word another address takes any code: that GET gets as far as refusing the code.
_KNOWN["processing", "/v1/cases/contents"].add("GET")


def allow(methods: set[str]) -> str:
    """What `Allow` has to say."""
    further = {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
    return ", ".join(m for m in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS") if m in methods | further)


@pytest.mark.parametrize(("service", "path"), _KNOWN)
async def test_another_method_is_refused_with_those_that_are_known(service: str, path: str) -> None:
    known = _KNOWN[service, path]
    for method in sorted({*_METHODS} - known):
        answer = await ask(service, method, path)
        assert (answer.status_code, problem(answer)["code"]) == (405, "method-not-allowed"), method
        assert answer.headers["Allow"] == allow(known)
    answer = await ask(service, "OPTIONS", path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Allow"] == allow(known)


@pytest.mark.parametrize(("service", "path"), _KNOWN)
async def test_head_is_get_without_the_body(service: str, path: str) -> None:
    head = await ask(service, "HEAD", path)
    assert head.content == b""
    if "GET" not in _KNOWN[service, path]:
        assert head.status_code == 405
        return
    get = await ask(service, "GET", path)
    assert (head.status_code, head.headers) == (get.status_code, get.headers)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
async def test_an_address_that_is_none(method: str) -> None:
    assert (await ask("intake", method, "/v1/nowhere")).status_code == 404


@pytest.mark.parametrize("path", ["/", "/docs", "/livez", "/docs/intake", "/docs/assets/favicon.png"])
async def test_pages_are_there_to_be_read(path: str) -> None:
    get, head = await read("GET", path), await read("HEAD", path)
    assert get.status_code == head.status_code == 200
    assert (len(get.content) > 0, head.content) == (True, b"")
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = await read(method, path)
        assert (answer.status_code, problem(answer)["code"]) == (405, "method-not-allowed")
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
    options = await read("OPTIONS", path)
    assert (options.status_code, options.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")


async def read(method: str, path: str) -> Response:
    """From the embedded system's one address."""
    transport = ASGITransport(Health(_Gateway(_APPS), [], process="test"))
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.request(method, path)


class _Gateway(Gateway):
    """As if its lifespan had begun."""

    def __init__(self, services: Mapping[str, FastAPI]) -> None:
        super().__init__(services)
        self._states: dict[str, Mapping[str, Any]] = {name: {} for name in services}


_APPS = idle_applications()
