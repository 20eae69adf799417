"""I11: no failure but a declared one, nothing that contradicts what was said before, no connection leaked."""

from collections.abc import Iterator, Mapping

import asyncpg

from faults.findings import Finding, Harm
from faults.journal import Journal
from shared.variables import SERVICES, database_variable

_CONNECTIONS = """
SELECT application_name, count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'motcua %' AND pid <> pg_backend_pid()
GROUP BY 1
"""


def declared_failures_only(journal: Journal, surprises: list[str]) -> Iterator[Finding]:
    """503 with Retry-After is the only answer of 500 and more, and whoever has a good token is believed."""
    for answer in journal.undeclared:
        yield Finding("I11", Harm.OTHER, answer)
    for request in journal.disbelieved:
        yield Finding("I11", Harm.OTHER, f"a good token was refused: {request}")
    for surprise in surprises:
        yield Finding("I11", Harm.OTHER, f"an answer that contradicts earlier ones: {surprise}")


async def connections_bounded(environment: Mapping[str, str], *, copies: int) -> list[Finding]:
    """No service holds more connections than its processes may."""
    found = []
    for service in SERVICES:
        most = int(environment[f"MOTCUA_{service.upper()}_DATABASE_CONNECTIONS"])
        connection = await asyncpg.connect(environment[database_variable(service)])
        try:
            for name, held in await connection.fetch(_CONNECTIONS):
                # A relay's session is its own, beside the pool.
                if held > (most + 1) * copies:
                    found.append(Finding("I11", Harm.OTHER, f"{name} holds {held} connections"))
        finally:
            await connection.close()
    return found
