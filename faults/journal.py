"""What callers asked for and what they know of the outcome: done, not done, or unknown.

Every attempt is written down before it is sent and again when it is answered, so that after a fault the
journal alone says what the system owes.
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Outcome(StrEnum):
    """What a caller knows."""

    OK = "ok"
    FAIL = "fail"
    """Refused: it must have no effect."""
    UNKNOWN = "unknown"
    """No answer, or one that promises nothing: it may or may not have happened."""


@dataclass(slots=True)
class Call:
    """One request under one Idempotency-Key, however often it was sent."""

    key: str
    act: str
    route: str
    """Method and path."""
    life: int
    document: str | None = None
    """Digest of a document that no other call names; a filing is known by it."""
    outcome: Outcome = Outcome.UNKNOWN
    attempts: int = 0
    status: int = 0
    """Of the last answer; 0 where none ever came."""
    code: str = ""
    version: int = 0
    failures: list[str] = field(default_factory=list)
    """Attempts that were not answered, or with a status of 500 and more."""
    sent_at: float = 0.0
    answered_at: float = 0.0
    """Of the last attempt, by the machine's monotonic clock."""


class Journal:
    """The calls of one trial, in memory and, line by line, in a file."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", buffering=1)
        self.calls: dict[str, Call] = {}
        self.undeclared: list[str] = []
        """Answers of 500 and more that were not 503 with Retry-After."""
        self.disbelieved: list[str] = []
        """Requests whose good token was refused. They were asked again."""

    def sending(self, call: Call) -> None:
        """The next attempt goes out now."""
        call.attempts += 1
        call.sent_at = time.monotonic()
        self.calls[call.key] = call
        self._write("sent", call, {"route": call.route, "act": call.act})

    def answered(
        self, call: Call, outcome: Outcome, status: int = 0, document: Mapping[str, Any] | None = None
    ) -> None:
        """What came of the attempt."""
        call.outcome, call.status = outcome, status
        call.answered_at = time.monotonic()
        if outcome is Outcome.UNKNOWN:
            call.failures.append(_told(status, document))
        if outcome is Outcome.OK and document is not None:
            call.code, call.version = document.get("code", ""), document.get("version", 0)
        told = {"outcome": outcome, "status": status, "code": call.code, "failures": call.failures[-1:]}
        self._write("answered", call, told)

    def of(self, outcome: Outcome) -> Iterator[Call]:
        """Every call with this outcome."""
        return (call for call in self.calls.values() if call.outcome is outcome)

    def close(self) -> None:
        """Keep the file."""
        self._file.close()

    def failed_since(self, moment: float) -> Iterator[Call]:
        """Calls of which an attempt failed after `moment`."""
        return (call for call in self.calls.values() if call.failures and call.answered_at >= moment)

    def _write(self, what: str, call: Call, more: Mapping[str, Any]) -> None:
        line = {"at": round(time.time(), 3), "what": what, "key": call.key, "attempt": call.attempts, **more}
        self._file.write(json.dumps(line) + "\n")


def _told(status: int, document: Mapping[str, Any] | None) -> str:
    if not status:
        return "no answer"
    return f"{status} {document.get('detail') if isinstance(document, Mapping) else document}"
