"""What holds for every act of both lifecycles, one by one and in lists."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.console.run_folder import RunFolder
from shared.schemas.lifecycle import Role
from tests.support.asking import Asking
from tests.support.calendars import at
from tests.support.clients import Tokens
from tests.support.policy_matrix import MATRIX, Row
from tests.support.population import headers_of, populate
from tests.support.postgres import FreshDatabase, PostgresServer
from tests.support.system import System, running
from tests.support.system_databases import system_databases

_ACTS = {name: row for name, row in MATRIX.items() if name.startswith("POST") and row.standing}
_WHO = ("supervisor", "desk_officer", "case_officer", "approver", "administrator", "owner")


@dataclass(frozen=True, slots=True)
class Done:
    """One act: what it was answered, and what the history and the dossier say then."""

    trace: str
    answer: Mapping[str, Any]
    entry: Mapping[str, Any]
    dossier: Mapping[str, Any]
    service: str


async def _do(asking: Asking, name: str, row: Row, number: int, dossier: tuple[str, int]) -> Done:
    trace = f"00-4bf92f3577b34da6a3ce929d0e0e{number:04x}-00f067aa0ba902b7-01"
    who = next(identity for identity in _WHO if identity in row.may)
    answer = await asking.ask(name, row, who, dossier, traceparent=trace)
    assert answer.status_code == 200, (name, answer.text)
    body = answer.json()["items"][0]["answer"] if row.in_a_list else answer.json()
    service = "processing" if "/cases/" in name else "intake"
    (entry,) = await asking.system.tables[service].fetch(
        "SELECT sequence, traceparent FROM history WHERE code = $1 ORDER BY sequence DESC LIMIT 1", dossier[0]
    )
    path = body["links"]["case" if service == "processing" else "dossier"]
    seen = await asking.system.call("GET", path, asking.headers("administrator"))
    return Done(trace, body, dict(entry), seen.json(), service)


async def _do_all(system: System) -> dict[str, Done]:
    (digest,) = await system.upload(b"a result", by=headers_of(system, Role.INTAKE_OFFICER))
    asking = Asking(system, digest)
    dossiers = await populate(system, [str(row.standing) for row in _ACTS.values()])
    return {
        name: await _do(asking, name, row, number, dossiers[number])
        for number, (name, row) in enumerate(_ACTS.items())
    }


def test_every_act(postgres_server: PostgresServer, fresh_database: FreshDatabase, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)

    async def do_all() -> dict[str, Done]:
        databases = system_databases(postgres_server, fresh_database)
        async with running(databases, folder, Tokens(folder), at("2023-05-15 09:00")) as system:
            return await _do_all(system)

    for name, done in asyncio.run(do_all()).items():
        assert done.entry == {"sequence": done.answer["version"], "traceparent": done.trace}, name
        # What holds now, whether or not this act gave or moved it.
        assert done.answer["appointment"] == done.dossier["appointment"], name
        assert (done.answer["appointment"] is not None) == (
            done.service == "processing" or done.answer["status"] == "accepted"
        ), name
