"""What the services made of events, byte for byte."""

from collections.abc import Mapping

import asyncpg

from shared.variables import database_variable

_TABLES = {
    "intake": ("public_view",),
    "processing": ("case_file",),
    "stats": ("dossier", "delta"),
}
_CONSUMED = "SELECT * FROM consumed WHERE subject LIKE '%-%'"


async def everything_made_of_events(environment: Mapping[str, str]) -> Mapping[str, str]:
    """A digest for each table; those of two moments are equal where nothing has changed."""
    found: dict[str, str] = {}
    for service, tables in _TABLES.items():
        connection = await asyncpg.connect(environment[database_variable(service)])
        try:
            sources = {table: f'SELECT * FROM "{table}"' for table in tables} | {"consumed": _CONSUMED}  # noqa: S608
            for table, rows in sources.items():
                found[f"{service}.{table}"] = await connection.fetchval(
                    "SELECT md5(coalesce(string_agg(row::text, E'\\n' ORDER BY row::text COLLATE \"C\"), ''))"  # noqa: S608
                    f" FROM ({rows}) AS row"
                )
        finally:
            await connection.close()
    return found
