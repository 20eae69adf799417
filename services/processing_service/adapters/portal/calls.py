"""The journal of calls to the portal: what was asked, what came of it, how long it took. No personal data."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.observability.metrics import PORTAL_CALLS

_NOTE = text("""
INSERT INTO portal_call (call, codes, request_hash, attempt, outcome, answer_code, duration_ms)
VALUES (:call, :codes, :request_hash, :attempt, :outcome, :answer_code, :duration_ms)
""")


class CallJournal:
    """Appends, one row a call."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def note(
        self,
        call: str,
        codes: Sequence[str],
        request: bytes,
        *,
        attempt: int,
        outcome: str,
        answer_code: str | None,
        seconds: float,
    ) -> None:
        """`request` is kept as its SHA-256 only."""
        parameters = {
            "call": call,
            "codes": list(codes),
            "request_hash": hashlib.sha256(request).hexdigest(),
            "attempt": attempt,
            "outcome": outcome,
            "answer_code": answer_code,
            "duration_ms": round(seconds * 1000),
        }
        PORTAL_CALLS.labels(call, outcome).inc()
        async with self._engine.connect() as connection:
            await connection.execute(_NOTE, parameters)
