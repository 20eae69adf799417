"""Opening cases, many in one statement."""

from collections.abc import Sequence

from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.processing_service.adapters.rows import row_of
from services.processing_service.application.ports import Opening
from services.processing_service.domain.case import Case

# A case that exists has moved on since: it stays as it is.
_OPEN = text("""
WITH opened AS (
    INSERT INTO case_file SELECT * FROM jsonb_populate_recordset(NULL::case_file, CAST(:cases AS jsonb))
    ON CONFLICT (code) DO NOTHING
)
INSERT INTO case_opening SELECT * FROM jsonb_populate_recordset(NULL::case_opening, CAST(:openings AS jsonb))
ON CONFLICT (code) DO NOTHING
""")


async def open_cases(connection: AsyncConnection, opened: Sequence[tuple[Case, Opening]]) -> None:
    """In the caller's transaction; a case that exists already is left alone."""
    openings = [
        {
            "code": case.code,
            "components": [copy.model_dump(mode="json") for copy in opening.components],
            "sealed": opening.sealed,
        }
        for case, opening in opened
    ]
    await connection.execute(
        _OPEN,
        {
            "cases": to_json([row_of(case) for case, _ in opened]).decode(),
            "openings": to_json(openings).decode(),
        },
    )
