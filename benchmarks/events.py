"""What follows a filing: sending its events, opening its case, counting it. Each part alone, on a backlog."""

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import dataclass

from benchmarks.installation import Installation
from benchmarks.processors import processor_seconds
from benchmarks.rows import Row, bound_row
from benchmarks.scratch import copy_of
from services.console.run_folder import LOG_VARIABLE
from shared.log.address import open_log
from shared.variables import SERVICES, database_variable

_PARTS = {
    "relay": "sending an event (relay)",
    "processing": "applying an event: processing opens cases",
    "stats": "applying an event: statistics count",
}
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


async def measure(measured: Installation) -> list[Row]:
    """Events a second and processor time per event."""
    filings = measured.some(4000, 800)
    await measured.drive([measured.filing(number) for number in range(filings)])
    await measured.quiet()
    environment = await _prepare(measured)
    return [_row(what, await _cost(part, environment)) for part, what in _PARTS.items()]


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


async def _cost(part: str, environment: dict[str, str]) -> _Cost:
    before = processor_seconds()["PostgreSQL"]
    process = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "benchmarks.events_process", part],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    return _Cost(**json.loads(process.stdout), postgres_seconds=processor_seconds()["PostgreSQL"] - before)


def _row(what: str, cost: _Cost) -> Row:
    own = cost.processor_seconds * 1000 / cost.events
    postgres = cost.postgres_seconds * 1000 / cost.events
    behind = f"{cost.events / cost.seconds:,.0f} events/s; own {own:.3f} ms, PostgreSQL {postgres:.3f} ms"
    return bound_row(f"processor time: {what}", own + postgres, "ms", behind, at_most=0.2)
