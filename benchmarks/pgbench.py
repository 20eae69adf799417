"""What PostgreSQL alone commits: the rows of one real call, written by its own benchmark program.

One prepared statement per transaction, like the system's own: the hardest thing to be compared with.
"""

# ruff: noqa: S608 - statements are made of our own tables' names and of values that the server has quoted

import re
import tempfile
from collections.abc import Mapping, Sequence

from benchmarks.installation import CLIENTS, Installation

NUMBER = "(:n)::bigint"
"""In a statement: another number in every transaction."""

PLACES = 5000
"""How many rows there are to be changed; `PLACE` draws one of them."""

PLACE = "(:place)::bigint"

_RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_THREADS = 2
_DRAW = f"\\set n random(1, 9000000000000000)\n\\set place random(1, {PLACES})\n"
_COLUMNS = """
SELECT attname FROM pg_attribute WHERE attrelid = :'table'::regclass AND attnum > 0 AND NOT attisdropped
"""
_END_OF_VALUE = "\x1f"


def rows_of(measured: Installation, database: str, table: str, code: str) -> list[dict[str, str]]:
    """What `table` holds of the dossier `code`: by column, each value as SQL."""
    columns = measured.server.query(database, _COLUMNS, table=table).split()
    values = f" || '{_END_OF_VALUE}' || ".join(f"quote_nullable({column})" for column in columns)
    written = measured.server.query(database, f"SELECT {values} FROM {table} WHERE code = :'code'", code=code)
    return [
        dict(zip(columns, map(_escaped, line.split(_END_OF_VALUE)), strict=True))
        for line in written.splitlines()
    ]


def insert(table: str, row: Mapping[str, str]) -> str:
    """A statement."""
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def fill(table: str, row: Mapping[str, str]) -> str:
    """A statement that makes a row for each place, `place` in `row` being its number."""
    return (
        f"INSERT INTO {table} ({', '.join(row)})"
        f" SELECT {', '.join(row.values())} FROM generate_series(1, {PLACES}) AS place"
    )


def change(table: str, row: Mapping[str, str]) -> str:
    """A statement that writes every column of one row."""
    columns = ", ".join(f"{column} = {value}" for column, value in row.items() if column != "code")
    return f"UPDATE {table} SET {columns} WHERE code = {row['code']}"


def together(statements: Sequence[str]) -> str:
    """All statements as one."""
    *first, last = statements
    named = ", ".join(f"part_{number} AS ({statement})" for number, statement in enumerate(first))
    return f"WITH {named} {last}"


def rate(measured: Installation, database: str, statement: str, seconds: int) -> float:
    """Transactions a second."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(f"{_DRAW}{statement};\n")
        script.flush()
        told = measured.server.run(
            "pgbench",
            database,
            *("--no-vacuum", "--protocol=prepared", f"--client={CLIENTS}", f"--jobs={_THREADS}"),
            *(f"--time={seconds}", f"--file={script.name}"),
        )
    found = _RATE.search(told)
    if found is None:
        raise ValueError(f"pgbench told no rate:\n{told}")
    return float(found.group(1))


def _escaped(value: str) -> str:
    # pgbench takes every colon with a name behind it for a variable, inside quotes too.
    if ":" not in value:
        return value
    return value.replace(":", r"\x3a") if value.startswith("E") else f"E{value}".replace(":", r"\x3a")
