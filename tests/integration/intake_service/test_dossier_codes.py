"""Codes are unique from any number of processes, also when some are killed in the middle."""

import asyncio
import sys
import time
from collections import Counter
from datetime import date
from itertools import chain

import pytest
from pydantic import TypeAdapter

from services.intake_service.adapters.dossier_codes import SqlBlockSource
from services.intake_service.application.dossier_codes import DossierCodes
from shared.schemas.base import DossierCode
from tests.support.intake_database import intake_database, intake_engine
from tests.support.postgres import FreshDatabase, PostgresServer

_DAY = date(2023, 5, 15)
_AGENCIES = ("H41.SCT", "H41.16", "000.00.16.H41")
_CODE = TypeAdapter(DossierCode)

_PROCESS = """
import asyncio, sys
from datetime import date
from services.intake_service.adapters.dossier_codes import SqlBlockSource
from services.intake_service.application.dossier_codes import DossierCodes
from shared.database import create_engine

async def client(codes, agencies, count):
    for number in range(count):
        print(await codes.next(agencies[number % len(agencies)], date(2023, 5, 15)), flush=True)

async def main():
    dsn, clients, count, *agencies = sys.argv[1:]
    engine = create_engine(dsn, application_name="test")
    codes = DossierCodes(SqlBlockSource(engine))
    async with asyncio.TaskGroup() as group:
        for _ in range(int(clients)):
            group.create_task(client(codes, agencies, int(count)))
    await engine.dispose()

asyncio.run(main())
"""


async def _start(dsn: str, clients: int, count: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PROCESS, dsn, str(clients), str(count), *_AGENCIES,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def _codes(process: asyncio.subprocess.Process) -> list[str]:
    output, _ = await process.communicate()
    *whole, _cut_off = output.decode().split("\n")
    return whole


async def test_ten_thousand_from_64_clients_of_4_processes(
    postgres_server: PostgresServer, fresh_database: FreshDatabase
) -> None:
    dsn = intake_database(postgres_server, fresh_database, seeded=False)
    started = time.perf_counter()
    processes = [await _start(dsn, clients=16, count=157) for _ in range(4)]
    codes = list(chain.from_iterable(await asyncio.gather(*map(_codes, processes))))
    print(f"{len(codes)} codes in {time.perf_counter() - started:.2f} s")  # noqa: T201 - a measurement
    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert len(codes) == 4 * 16 * 157
    assert [code for code, times in Counter(codes).items() if times > 1] == []
    for code in codes:
        _CODE.validate_python(code)


async def test_killed_processes_leave_gaps_and_no_duplicates(
    postgres_server: PostgresServer, fresh_database: FreshDatabase
) -> None:
    dsn = intake_database(postgres_server, fresh_database, seeded=False)
    outputs: list[list[str]] = []
    for _ in range(2):
        doomed, survivor = await _start(dsn, 16, 2000), await _start(dsn, 16, 20)
        assert doomed.stdout is not None
        first = await doomed.stdout.readline()
        doomed.kill()
        outputs += [[first.decode().strip()], await _codes(doomed), await _codes(survivor)]
        assert survivor.returncode == 0
    codes = list(chain.from_iterable(outputs))
    assert len(codes) > 2 * 16 * 20
    assert [code for code, times in Counter(codes).items() if times > 1] == []


async def test_what_is_left_of_a_block_is_never_used_again(
    postgres_server: PostgresServer, fresh_database: FreshDatabase
) -> None:
    async with intake_engine(postgres_server, fresh_database, seeded=False) as engine:
        before = DossierCodes(SqlBlockSource(engine))
        given = [await before.next("H41.SCT", _DAY) for _ in range(5)]
        assert given[-1] == "H41.SCT-230515-0005"
        after_restart = DossierCodes(SqlBlockSource(engine))
        assert await after_restart.next("H41.SCT", _DAY) == "H41.SCT-230515-0008"


@pytest.mark.parametrize("agency", _AGENCIES)
async def test_agencies_and_days_count_for_themselves(
    postgres_server: PostgresServer, fresh_database: FreshDatabase, agency: str
) -> None:
    async with intake_engine(postgres_server, fresh_database, seeded=False) as engine:
        codes = DossierCodes(SqlBlockSource(engine))
        assert await codes.next(agency, _DAY) == f"{agency}-230515-0001"
        assert await codes.next(agency, date(2023, 5, 16)) == f"{agency}-230516-0001"
