"""Everybody at the doors of a running system, asking for what the matrix of policies lists."""

from dataclasses import dataclass
from typing import Any

from httpx2 import Response

from tests.support.policy_matrix import ANONYMOUS, IDENTITIES, Row
from tests.support.system import System


@dataclass
class Asking:
    """Everybody, at the doors of a system."""

    system: System
    digest: str

    async def ask(
        self, operation: str, row: Row, identity: str, dossier: tuple[str, int] | None, **more: str
    ) -> Response:
        method, path = operation.split(" ")
        code, version = dossier or ("", 0)
        headers = {**self.headers(identity), **self.system.key(), **more}
        if row.version:
            headers["If-Match"] = (await self.system.call("GET", row.version)).headers["ETag"]
        elif row.standing:
            headers["If-Match"] = f'"{version}"'
        sent: dict[str, Any] = {"params": row.query}
        if row.files:
            sent["files"] = [("files", ("a.pdf", b"a document"))]
        elif isinstance(row.body, bytes):
            sent["content"] = row.body
            headers["Content-Type"] = "text/csv"
        elif row.in_a_list:
            sent["json"] = {"items": [{"code": code, "version": version, **self.filled(row.body, code)}]}
        elif row.body is not None:
            sent["json"] = self.filled(row.body, code)
        url = path.format(**{"code": code, **row.path})
        return await self.system.send(method, url, headers=headers, **sent)

    def headers(self, identity: str) -> dict[str, str]:
        if identity == ANONYMOUS:
            return {}
        role, place = IDENTITIES[identity]
        return self.system.tokens.headers(role, **place)

    def filled(self, body: Any, code: str) -> Any:
        filled = {**body}
        if "results" in filled:
            filled["results"] = [self.digest]
        if filled.get("code") == "<code>":
            filled["code"] = code
        return filled
