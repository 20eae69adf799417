"""What the simulated portal shows, in a file of its own: it survives restarts and knows nothing of ours."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_TABLES = """
CREATE TABLE IF NOT EXISTS dossier (code TEXT PRIMARY KEY, filed TEXT NOT NULL, document TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS filed ON dossier (filed, code);
CREATE TABLE IF NOT EXISTS step (number INTEGER PRIMARY KEY, code TEXT NOT NULL, row TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS step_code ON step (code);
"""


class Ledger:
    """Dossiers and their rows of progress. For one thread."""

    def __init__(self, file: Path) -> None:
        self._database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.executescript(_TABLES)

    def has(self, code: str) -> bool:
        """Whether the dossier is shown."""
        return self._one("SELECT 1 FROM dossier WHERE code = ?", code) is not None

    def put(self, document: Mapping[str, Any]) -> None:
        """Show the dossier so from now on."""
        self._database.execute(
            "INSERT INTO dossier VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET document = excluded.document",
            (document["MaHoSo"], document.get("NgayNopHoSo", "")[:8], json.dumps(document)),
        )

    def add(self, row: Mapping[str, str]) -> None:
        """One row of progress more, whether or not there is one like it."""
        self._database.execute("INSERT INTO step (code, row) VALUES (?, ?)", (row["MaHoSo"], json.dumps(row)))

    def get(self, code: str) -> dict[str, Any] | None:
        """The dossier with its progress."""
        if (found := self._one("SELECT document FROM dossier WHERE code = ?", code)) is None:
            return None
        rows = self._database.execute("SELECT row FROM step WHERE code = ? ORDER BY number", (code,))
        return {**json.loads(found[0]), "TienDo": [json.loads(row) for (row,) in rows]}

    def page(self, filed: str, after: str, limit: int) -> Iterator[dict[str, Any]]:
        """With the number of their rows of progress, in the order of codes; `filed` is a day or empty."""
        rows = self._database.execute(
            "SELECT document, (SELECT count(*) FROM step WHERE step.code = dossier.code) FROM dossier"
            " WHERE (? = '' OR filed = ?) AND code > ? ORDER BY code LIMIT ?",
            (filed, filed, after, limit),
        )
        return ({**json.loads(document), "SoTienDo": str(steps)} for document, steps in rows)

    def remove(self, code: str) -> None:
        """It was never shown."""
        self._database.execute("DELETE FROM dossier WHERE code = ?", (code,))
        self._database.execute("DELETE FROM step WHERE code = ?", (code,))

    def count(self) -> Mapping[str, int]:
        """How much there is."""
        (dossiers,), (steps,) = (
            self._database.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - our own words
            for table in ("dossier", "step")
        )
        return {"dossiers": dossiers, "steps": steps}

    def _one(self, query: str, code: str) -> tuple[Any, ...] | None:
        found: tuple[Any, ...] | None = self._database.execute(query, (code,)).fetchone()
        return found
