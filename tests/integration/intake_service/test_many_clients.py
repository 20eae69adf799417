"""Many clients file at once through several API processes: every filing is one dossier with its own code.

`MOTCUA_TEST_FILINGS` says how many filings; the default fits into every run of the suite.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from services.console.run_folder import RunFolder
from shared.clock import SimulatedClock
from shared.schemas.lifecycle import Role
from shared.variables import PREFIX, database_variable
from tests.support.calendars import at
from tests.support.clients import Tokens
from tests.support.postgres import FreshDatabase, PostgresServer
from tests.support.separate_process import Process
from tests.support.small_province import CENTER, PROCEDURES, REQUIRED
from tests.support.system import set_back
from tests.support.system_databases import system_databases

FILINGS = int(os.environ.get("MOTCUA_TEST_FILINGS", "2000"))
CLIENTS, PROCESSES = 64, 3
# Some clients are impatient: they send the same filing a second time, to another process, before an answer.
IMPATIENT = 10

Told = tuple[int, str]
"""Status and code."""


@contextmanager
def serving(environment: dict[str, str], logs: Path) -> Iterator[list[str]]:
    """The addresses of the API processes."""
    with ExitStack() as stack:
        processes = [
            Process(environment, logs / f"{number}.log", None, "serve", "intake")
            for number in range(PROCESSES)
        ]
        for process in processes:
            stack.callback(process.popen.wait)
            stack.callback(process.popen.kill)
        for process in processes:
            process.wait_until_alive()
        yield [f"http://127.0.0.1:{process.port}" for process in processes]


class Filers:
    """The clients, taking filings in turn."""

    def __init__(self, session: aiohttp.ClientSession, addresses: Sequence[str]) -> None:
        self._session = session
        self._addresses = addresses
        self._numbers = iter(range(FILINGS))
        self.told: dict[int, list[Told]] = {}

    async def file_all(self) -> None:
        async with asyncio.TaskGroup() as clients:
            for _ in range(CLIENTS):
                clients.create_task(self._client())

    async def _client(self) -> None:
        for number in self._numbers:
            times = 2 if number % IMPATIENT == 0 else 1
            self.told[number] = await asyncio.gather(*(self._file(number, time) for time in range(times)))

    async def _file(self, number: int, time: int) -> Told:
        address = self._addresses[(number + time) % len(self._addresses)]
        body: dict[str, Any] = {
            "procedure": PROCEDURES[number % len(PROCEDURES)].code,
            "channel": "counter",
            "applicant": {"name": "Nguyễn Văn An", "identity_number": f"{number:012}"},
            "components": [{"component": component, "digest": None} for component in REQUIRED],
            "decision": {"outcome": "accept"},
        }
        key = {"Idempotency-Key": f"filing-{number:08}"}
        async with self._session.post(f"{address}/v1/dossiers", json=body, headers=key) as answer:
            told = await answer.json(content_type=None)
            return answer.status, told.get("code", told)


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def test_every_filing_is_one_dossier(
    postgres_server: PostgresServer, fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    databases = system_databases(postgres_server, fresh_database)
    folder = RunFolder(tmp_path)
    tokens = Tokens(folder)
    set_back(SimulatedClock(folder.business_clock), at("2023-05-15 09:00"))
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(PREFIX)},
        **{f"{PREFIX}{name.upper()}": value for name, value in tokens.settings.items()},
        database_variable("intake"): databases.intake,
        f"{PREFIX}LOG_URL": databases.intake,  # nothing is relayed here
        f"{PREFIX}OBJECT_STORE_URL": folder.documents.as_uri(),
        f"{PREFIX}SEALING_KEY": "a sealing key that is long enough for tests",
        f"{PREFIX}DEMO": "true",
        f"{PREFIX}BUSINESS_CLOCK": str(folder.business_clock),
    }
    headers = tokens.headers(Role.INTAKE_OFFICER, desk=CENTER)
    with serving(environment, tmp_path) as addresses:
        async with aiohttp.ClientSession(headers=headers) as session:
            filers = Filers(session, addresses)
            await filers.file_all()
    assert Counter(status for answers in filers.told.values() for status, _ in answers) == {
        201: FILINGS + len(range(0, FILINGS, IMPATIENT))
    }
    assert all(len({code for _, code in answers}) == 1 for answers in filers.told.values())
    codes = {answers[0][1] for answers in filers.told.values()}
    assert len(codes) == FILINGS
    async with connected(databases.intake) as connection:
        assert {row["code"] for row in await connection.fetch("SELECT code FROM dossier")} == codes
        for table in ("history", "outbox_pending WHERE stream = 'dossier'"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 2 * FILINGS  # noqa: S608
