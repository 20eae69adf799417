"""The applications with nobody behind them: what they answer before any use-case is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from httpx2 import ASGITransport, AsyncClient, Response
from starlette.types import Receive, Scope, Send

from shared.errors import UnavailableError
from shared.principal import Grant, Principal
from shared.schemas.lifecycle import Role
from tests.support.openapi import documents, idle_applications
from tests.support.policy_matrix import MATRIX, Row

BEARER = {"Authorization": "Bearer of everything"}
CODE = "H41.SCT-230515-9876"
_DIGEST = "0" * 64


class _Everybody:
    """Takes any token for one of somebody with every role."""

    async def verify(self, token: str) -> Principal:
        return Principal("test|everybody", tuple(Grant(role) for role in Role if role is not Role.SYSTEM))


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the OpenAPI documents, and a request that fits it."""

    service: str
    method: str
    template: str
    document: Mapping[str, Any]
    row: Row

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def path(self) -> str:
        return self.template.format(**{"code": CODE, **self.row.path})

    @property
    def media_type(self) -> str | None:
        """What its body is read as; none where it has no body."""
        return next(iter(self.document.get("requestBody", {}).get("content", ())), None)

    def headers(self) -> dict[str, str]:
        """That the document requires."""
        found = {"If-Match": '"2"', "Idempotency-Key": "key-00000001"}
        required = {p["name"] for p in self.document.get("parameters", ()) if p["required"]}
        return {**BEARER, **{name: value for name, value in found.items() if name in required}}

    def request(self) -> dict[str, Any]:
        """The arguments of a right request, but for what only a use-case can know."""
        sent: dict[str, Any] = {"params": dict(self.row.query), "headers": self.headers()}
        if self.row.files:
            sent["files"] = [("files", ("a.pdf", b"a document"))]
        elif isinstance(self.row.body, bytes):
            sent["content"] = self.row.body
            sent["headers"]["Content-Type"] = "text/csv"
        elif self.media_type:
            sent["json"] = self.json()
        return sent

    def json(self) -> Any:
        body = {**(self.row.body or {})}
        if "results" in body:
            body["results"] = [_DIGEST]
        if body.get("code") == "<code>":
            body["code"] = CODE
        return {"items": [{"code": CODE, "version": 2, **body}]} if self.row.in_a_list else body


OPERATIONS = [
    Operation(service, method.upper(), template, operation, MATRIX[f"{method.upper()} {template}"])
    for service, document in documents().items()
    for template, methods in document["paths"].items()
    for method, operation in methods.items()
]


class _UseCases:
    def __getattr__(self, name: str) -> Any:
        raise UnavailableError("as far as a use-case")


_APPS = idle_applications()


async def ask(service: str, method: str, path: str, **request: Any) -> Response:
    """What an application answers by itself; 503 where a use-case would have been asked."""
    app = _APPS[service]

    async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": {"use_cases": _UseCases(), "verifier": _Everybody()}}, receive, send)

    async with AsyncClient(transport=ASGITransport(with_state), base_url="http://test") as client:
        return await client.request(method, path, **request)
