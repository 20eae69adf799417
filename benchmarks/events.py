"""What follows a filing: sending its events, opening its case, counting it. Each part alone, on a backlog.

By one process, then by several that share the work out as the workers of a service do.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.installation import Installation
from benchmarks.processors import processor_seconds
from benchmarks.rows import Pair, Row, bound_row, ratio_row
from benchmarks.scratch import copy_of
from services.console.run_folder import LOG_VARIABLE
from shared.log.address import open_log
from shared.variables import SERVICES, database_variable

_PARTS = {
    "relay": "sending an event (relay)",
    "processing": "applying an event: processing opens cases",
    "stats": "applying an event: statistics count",
}
_PROCESSES = (2, 4)
_PENDING = """
INSERT INTO outbox_pending (bucket, stream, subject, sequence)
SELECT abs(hashtext(code)) % 16, 'dossier', code, sequence FROM history
"""


@dataclass(frozen=True, slots=True)
class _Cost:
    events: int
    seconds: float
    processor_seconds: float
    postgres_seconds: float

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds


async def measure(measured: Installation) -> list[Row]:
    """Events a second and processor time per event; then events a second by number of processes."""
    # So many that several processes have something of the backlog.
    filings = measured.some(20_000, 2_000)
    await measured.drive([measured.filing(number) for number in range(filings)])
    await measured.quiet()
    alone = await _costs(measured, 1)
    together = {processes: await _costs(measured, processes) for processes in _PROCESSES}
    return [
        *(_cost_row(what, alone[part]) for part, what in _PARTS.items()),
        *(
            ratio_row(f"{what}, by {processes} processes", [Pair(costs[part].rate, alone[part].rate)], "/s")
            for part, what in _PARTS.items()
            for processes, costs in together.items()
        ),
    ]


async def _costs(measured: Installation, processes: int) -> Mapping[str, _Cost]:
    environment = await _prepare(measured)
    return {part: await _cost(part, environment, processes) for part in _PARTS}


async def _prepare(measured: Installation) -> dict[str, str]:
    """Intake's histories, all pending again; empty databases behind them. The addresses of all this."""
    names = {
        "intake": copy_of(measured, "intake", whole=True),
        "processing": copy_of(measured, "processing", with_table="reference_version"),
        "stats": copy_of(measured, "stats"),
    }
    measured.server.query(names["intake"], _PENDING)
    measured.server.query(names["intake"], "VACUUM ANALYZE")
    measured.server.query("postgres", "DROP DATABASE IF EXISTS scratch_log WITH (FORCE)")
    measured.server.create_database("scratch_log")
    log_url = measured.server.dsn("scratch_log")
    log = open_log(log_url)
    await log.ensure_schema()
    await log.close()
    addresses = {database_variable(service): measured.server.dsn(names[service]) for service in SERVICES}
    return {**measured.system.environment, **addresses, LOG_VARIABLE: log_url}


async def _cost(part: str, environment: dict[str, str], processes: int) -> _Cost:
    running = [await _start(part, environment) for _ in range(processes)]
    for process in running:
        await _line(process)  # it is ready
    before = processor_seconds()["PostgreSQL"]
    for process in running:
        process.stdin.write(b"\n")  # type: ignore[union-attr]  # a pipe, as asked for
    told = [json.loads(await _line(process)) for process in running]
    return _Cost(
        events=max(one["events"] for one in told),
        seconds=max(one["seconds"] for one in told),
        processor_seconds=sum(one["processor_seconds"] for one in told),
        postgres_seconds=processor_seconds()["PostgreSQL"] - before,
    )


async def _start(part: str, environment: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.events_process", part),
        env=os.environ | environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )


async def _line(process: asyncio.subprocess.Process) -> bytes:
    """What it says next. Raises `RuntimeError` when it ended instead."""
    assert process.stdout is not None  # noqa: S101 - a pipe, as asked for
    line = await process.stdout.readline()
    if not line:
        raise RuntimeError("a part of the measurement ended before its time")
    return line


def _cost_row(what: str, cost: _Cost) -> Row:
    own = cost.processor_seconds * 1000 / cost.events
    postgres = cost.postgres_seconds * 1000 / cost.events
    behind = f"{cost.rate:,.0f} events/s; own {own:.3f} ms, PostgreSQL {postgres:.3f} ms"
    return bound_row(f"processor time: {what}", own + postgres, "ms", behind, at_most=0.2)
