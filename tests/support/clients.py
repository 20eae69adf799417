"""An application as its callers meet it: over HTTP, with its lifespan entered and demo tokens in hand."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from starlette.types import Receive, Scope, Send

from services.console.demo_issuer import DemoGrant, make_keys, mint
from services.console.run_folder import DEMO_ISSUER, RunFolder
from shared.schemas.lifecycle import Role


class Tokens:
    """Headers for callers of every kind, from an issuer of the test's own."""

    def __init__(self, folder: RunFolder) -> None:
        folder.prepare()
        make_keys(folder)
        self._folder = folder
        self._minted: dict[tuple[str, DemoGrant], str] = {}
        self.settings: Mapping[str, str] = {
            "token_issuer": DEMO_ISSUER,
            "token_keys": str(folder.public_token_keys),
        }

    def headers(
        self, role: Role, *, subject: str | None = None, agency: str | None = None, desk: str | None = None
    ) -> dict[str, str]:
        """The Authorization header of somebody with one grant."""
        who = (subject or f"test-{role}", DemoGrant(role, agency=agency, desk=desk))
        if who not in self._minted:
            self._minted[who] = mint(self._folder, *who)
        return {"Authorization": f"Bearer {self._minted[who]}"}

    @staticmethod
    def subject(name: str) -> str:
        """How the services know the account `name`."""
        return f"{DEMO_ISSUER}|{name}"


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """A client of `app`. An error that the app does not answer is raised in the test."""
    async with serving_with_state(app) as (client, _):
        yield client


@asynccontextmanager
async def serving_with_state(app: FastAPI) -> AsyncIterator[tuple[AsyncClient, Mapping[str, Any]]]:
    """A client of `app`, and what every request finds in its state."""
    async with app.router.lifespan_context(app) as entered:
        state = dict(entered or {})

        async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "state": dict(state)}, receive, send)

        async with AsyncClient(transport=ASGITransport(with_state), base_url="http://test") as client:
            yield client, state


def problem(answer: Any) -> dict[str, Any]:
    """The problem that a refusal carries."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body: dict[str, Any] = answer.json()
    assert body["status"] == answer.status_code
    return body
