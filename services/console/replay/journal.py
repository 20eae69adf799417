"""What a replay has done so far, in the run folder, so that it can go on after an interruption."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, content TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS life (
    number INTEGER PRIMARY KEY, code TEXT NOT NULL, version INTEGER NOT NULL, done INTEGER NOT NULL
) STRICT;
"""


@dataclass(slots=True)
class Progress:
    """How far a life has come."""

    code: str = ""
    """The dossier's, once it is filed."""
    version: int = 0
    """What the last answer tagged the dossier with."""
    done: int = 0
    """How many steps are done."""


class Journal:
    """A file that only the replay writes. What is lost with the last moments is done again without effect."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._database = sqlite3.connect(path)
        self._database.executescript(_SCHEMA)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self.lives: dict[int, Progress] = {
            number: Progress(code, version, done)
            for number, code, version, done in self._database.execute("SELECT * FROM life")
        }

    def life(self, number: int) -> Progress:
        """The progress of a life, to be changed and then recorded."""
        return self.lives.setdefault(number, Progress())

    def record(self, numbers: Iterable[int]) -> None:
        """Keep the progress of these lives."""
        rows = [(n, p.code, p.version, p.done) for n in numbers for p in (self.lives[n],)]
        with self._database:
            self._database.executemany("INSERT OR REPLACE INTO life VALUES (?, ?, ?, ?)", rows)

    def note(self, name: str) -> str | None:
        """What was noted under a name."""
        row = self._database.execute("SELECT content FROM note WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def write_note(self, name: str, content: str) -> None:
        """Note something for the next run."""
        with self._database:
            self._database.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, content))

    def close(self) -> None:
        self._database.close()
