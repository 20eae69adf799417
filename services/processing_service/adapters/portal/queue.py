"""What is to be told to the portal, in PostgreSQL."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta

from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.processing_service.application.portal.ports import Due, Problem
from services.processing_service.domain.portal_document import Step
from services.processing_service.domain.portal_record import PortalRecord

# Longer than all calls of a round may take.
_CLAIM = timedelta(minutes=10)

_TAKE = text("""
WITH due AS (
    SELECT code FROM portal_record
    WHERE due_at <= now() AND (claimed_until IS NULL OR claimed_until < now())
    ORDER BY due_at LIMIT :limit
    FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE portal_record AS record SET
        claim = :claim, claimed_until = now() + CAST(:patience AS interval),
        unclear = unclear OR claimed_until IS NOT NULL
    FROM due WHERE record.code = due.code
    RETURNING record.code, sequence, confirmed, record, sealed, known, unclear, attempts
)
SELECT sequence, record, sealed, known, unclear, attempts, (
    SELECT coalesce(json_agg(step.step ORDER BY step.sequence), '[]') FROM portal_step AS step
    WHERE step.code = taken.code AND step.sequence > taken.confirmed AND step.sequence <= taken.sequence
) AS steps
FROM taken
""")
_CONFIRM = text("""
UPDATE portal_record AS record SET
    known = true, unclear = false, attempts = 0, claim = NULL, claimed_until = NULL, problem = NULL,
    confirmed = told.sequence,
    behind_since = CASE WHEN record.sequence > told.sequence THEN now() END,
    due_at = CASE WHEN record.sequence > told.sequence THEN now() END
FROM unnest(CAST(:codes AS text[]), CAST(:sequences AS int[])) AS told (code, sequence)
WHERE record.code = told.code AND claim = :claim
""")
_POSTPONE = text("""
UPDATE portal_record AS record SET
    claim = NULL, claimed_until = NULL, attempts = attempts + 1, unclear = unclear OR :unclear,
    due_at = now() + make_interval(secs => given.seconds)
FROM unnest(CAST(:codes AS text[]), CAST(:seconds AS float8[])) AS given (code, seconds)
WHERE record.code = given.code AND claim = :claim
""")
_PUT_ASIDE = text("""
UPDATE portal_record AS record SET
    claim = NULL, claimed_until = NULL, attempts = attempts + 1, problem = CAST(given.problem AS jsonb),
    due_at = now() + CAST(:after AS interval)
FROM unnest(CAST(:codes AS text[]), CAST(:problems AS text[])) AS given (code, problem)
WHERE record.code = given.code AND claim = :claim
""")
_GIVE_BACK = text("UPDATE portal_record SET claim = NULL, claimed_until = NULL WHERE claim = :claim")


class SqlPortalQueue:
    """Implements `application.portal.ports.Queue`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def claim(self, claim: str, limit: int) -> list[Due]:
        async with self._engine.connect() as connection:
            rows = await connection.execute(_TAKE, {"claim": claim, "limit": limit, "patience": _CLAIM})
            return [
                Due(
                    record=PortalRecord.model_validate(row.record),
                    sequence=row.sequence,
                    sealed=row.sealed,
                    known=row.known,
                    unclear=row.unclear,
                    attempts=row.attempts,
                    steps=tuple(Step.model_validate(each) for each in row.steps),
                )
                for row in rows
            ]

    async def confirm(self, claim: str, sequences: Mapping[str, int]) -> None:
        if sequences:
            parameters = {
                "claim": claim, "codes": list(sequences), "sequences": list(sequences.values())
            }  # fmt: skip
            async with self._engine.connect() as connection:
                await connection.execute(_CONFIRM, parameters)

    async def postpone(self, claim: str, after: Mapping[str, timedelta], *, unclear: bool) -> None:
        if after:
            seconds = [pause.total_seconds() for pause in after.values()]
            parameters = {"claim": claim, "codes": list(after), "seconds": seconds, "unclear": unclear}
            async with self._engine.connect() as connection:
                await connection.execute(_POSTPONE, parameters)

    async def put_aside(self, claim: str, problems: Mapping[str, Problem], after: timedelta) -> None:
        if problems:
            told = [to_json(asdict(problem)).decode() for problem in problems.values()]
            parameters = {"claim": claim, "codes": list(problems), "problems": told, "after": after}
            async with self._engine.connect() as connection:
                await connection.execute(_PUT_ASIDE, parameters)

    async def give_back(self, claim: str) -> None:
        async with self._engine.connect() as connection:
            await connection.execute(_GIVE_BACK, {"claim": claim})
