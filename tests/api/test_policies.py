"""Deny by default: every route names a policy, and every caller is answered as the matrix says."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from httpx2 import Response

from services.console.run_folder import RunFolder
from shared.schemas.lifecycle import Role
from shared.web.security import authenticate, public
from tests.support.asking import Asking
from tests.support.calendars import at
from tests.support.clients import Tokens
from tests.support.openapi import documents, idle_applications
from tests.support.policy_matrix import ANONYMOUS, IDENTITIES, MATRIX, Row
from tests.support.population import headers_of, populate
from tests.support.postgres import FreshDatabase, PostgresServer
from tests.support.system import running
from tests.support.system_databases import system_databases

# Pages about the API, with nothing of anybody in them.
_ABOUT = ("/openapi/", "/docs/")


def policies_of(dependant: Dependant) -> Iterator[Any]:
    """The policies among all that a route depends on."""
    if dependant.call in {authenticate, public}:
        yield dependant.call
    for each in dependant.dependencies:
        yield from policies_of(each)


def unguarded(app: FastAPI) -> list[str]:
    """Routes without a policy, or with one for everybody and one for some."""
    return [
        path
        for route in app.routes
        if not (path := str(getattr(route, "path", route))).startswith(_ABOUT)
        and (not isinstance(route, APIRoute) or len(set(policies_of(route.dependant))) != 1)
    ]


def test_every_route_names_one_policy() -> None:
    for name, app in idle_applications().items():
        assert unguarded(app) == [], name


def test_a_route_without_a_policy_is_found() -> None:
    app = idle_applications()["stats"]

    @app.get("/v1/reports/open-by-omission")
    async def open_by_omission() -> None: ...

    assert unguarded(app) == ["/v1/reports/open-by-omission"]


def test_every_operation_has_a_row() -> None:
    operations = {
        f"{method.upper()} {path}"
        for document in documents().values()
        for path, methods in document["paths"].items()
        for method in methods
    }
    assert operations == MATRIX.keys()


def status_told(row: Row, answer: Response) -> int:
    """What became of it, also where it is one item of a list."""
    if row.in_a_list and answer.status_code == 200:
        return int(answer.json()["items"][0]["status"])
    return answer.status_code


async def answers(asking: Asking, operation: str, row: Row) -> list[str]:
    """What everybody is answered, where that is not what the row says.

    Those who may come last, and each to a dossier of their own: only they change anything.
    """
    everybody = [ANONYMOUS, *sorted(IDENTITIES, key=lambda identity: identity in row.may)]
    standing = row.standing or ("accepted" if "<code>" in str(row.body) else None)
    dossiers, represented = [], None
    if standing:
        dossiers = await populate(asking.system, [standing] * (len(row.may) + 1))
        (represented,) = await populate(asking.system, [standing], online_by=Role.REPRESENTATIVE)
    wrong = []
    for identity in everybody:
        dossier = dossiers[-1] if dossiers else None
        if identity == "representative":
            dossier = represented
        elif identity in row.may and dossiers:
            dossier = dossiers.pop()
        told = status_told(row, await asking.ask(operation, row, identity, dossier))
        if told not in row.expected(identity):
            wrong.append(f"{operation} by {identity}: {told}, not {sorted(row.expected(identity))}")
    return wrong


def test_everybody_is_answered_as_the_matrix_says(
    postgres_server: PostgresServer, fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path)

    async def ask_all() -> list[str]:
        databases = system_databases(postgres_server, fresh_database)
        async with running(databases, folder, Tokens(folder), at("2023-05-15 09:00")) as system:
            (digest,) = await system.upload(b"a result", by=headers_of(system, Role.INTAKE_OFFICER))
            asking = Asking(system, digest)
            return [wrong for op, row in MATRIX.items() for wrong in await answers(asking, op, row)]

    wrong = asyncio.run(ask_all())
    assert not wrong, "\n".join(wrong)
