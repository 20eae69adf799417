"""I10: whoever applies is named nowhere in the clear: in no log file, no metric, no event and no table."""

import asyncio
import contextlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import aiohttp
import asyncpg

from faults.findings import Finding, Harm
from faults.invariants.log_records import LogRecord
from faults.lives import CANARY
from shared.variables import SERVICES, database_variable

_PATIENCE_SECONDS, _ANSWER_SECONDS, _LOOK_SECONDS = 30.0, 5.0, 0.3
_WORDS = [value.encode() for value in CANARY.values()]


def named_in_files(folder: Path) -> Iterator[Finding]:
    """Logs of every process."""
    for path in sorted(folder.glob("*.log")):
        content = path.read_bytes()
        for word in _WORDS:
            if word in content or word.decode().encode("ascii", "backslashreplace") in content:
                yield Finding("I10", Harm.OTHER, f"{path.name} names an applicant")


async def named_in_metrics(pages: Iterable[str]) -> list[Finding]:
    """What every process says of itself."""
    timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        found = await asyncio.gather(*(_named_by(session, page) for page in pages))
    return [finding for findings in found for finding in findings]


async def _named_by(session: aiohttp.ClientSession, page: str) -> list[Finding]:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        # One that was killed last of all may still be starting.
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with session.get(f"{page}/metrics") as answer:
                answer.raise_for_status()
                content = await answer.read()
            named = any(word in content for word in _WORDS)
            return [Finding("I10", Harm.OTHER, f"the metrics of {page} name an applicant")] if named else []
        await asyncio.sleep(_LOOK_SECONDS)
    return [Finding("I10", Harm.OTHER, f"{page} tells no metrics")]


def named_in_records(records: Sequence[LogRecord]) -> Iterator[Finding]:
    """The log."""
    for record in records:
        content = record.value + record.headers.encode()
        if any(word in content for word in _WORDS):
            yield Finding("I10", Harm.OTHER, f"an event of {record.key} names an applicant")


async def named_in_databases(environment: Mapping[str, str]) -> list[Finding]:
    """Every column of every table, as text."""
    found = await asyncio.gather(*(_named_in(service, environment) for service in SERVICES))
    return [finding for findings in found for finding in findings]


async def _named_in(service: str, environment: Mapping[str, str]) -> list[Finding]:
    connection = await asyncpg.connect(environment[database_variable(service)])
    pattern = "|".join(value.replace("+", "\\+") for value in CANARY.values())
    try:
        tables = await connection.fetch(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        return [
            Finding("I10", Harm.OTHER, f"table {table} of {service} names an applicant")
            for (table,) in tables
            if await connection.fetchval(
                f'SELECT EXISTS (SELECT FROM "{table}" AS row WHERE row::text ~ $1)',  # noqa: S608
                pattern,
            )
        ]
    finally:
        await connection.close()
