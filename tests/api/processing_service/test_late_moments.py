"""An act of a moment that was announced to be complete: nothing is done, and trying again works."""

from sqlalchemy import text

from shared.schemas.lifecycle import Role
from tests.api.processing_service.conftest import Processing
from tests.support.calendars import at
from tests.support.clients import problem


async def test_who_comes_too_late_may_come_again(processing: Processing) -> None:
    async with processing.engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO watermark (number, up_to, sent) VALUES (1, :up_to, false)"),
            {"up_to": at("2023-05-15 09:01")},
        )
    case = await processing.open()
    key = processing.key()
    late = await case.try_("start", Role.CASE_OFFICER, Idempotency_Key=key["Idempotency-Key"])
    assert (late.status_code, problem(late)["code"]) == (503, "unavailable")
    assert late.headers["Retry-After"] == "1"
    assert (await case.see())["status"] == "accepted"

    processing.at("2023-05-15 09:01")
    again = await case.try_("start", Role.CASE_OFFICER, Idempotency_Key=key["Idempotency-Key"])
    assert again.json()["status"] == "processing"
