"""I10: whoever applies is named nowhere in the clear: not in a log file, not on the log, in no table."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import asyncpg

from faults.findings import Finding, Harm
from faults.invariants.log_records import LogRecord
from faults.lives import CANARY
from shared.variables import SERVICES, database_variable

_WORDS = [value.encode() for value in CANARY.values()]


def named_in_files(folder: Path) -> Iterator[Finding]:
    """Logs of every process."""
    for path in sorted(folder.glob("*.log")):
        content = path.read_bytes()
        for word in _WORDS:
            if word in content or word.decode().encode("ascii", "backslashreplace") in content:
                yield Finding("I10", Harm.OTHER, f"{path.name} names an applicant")


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
