"""Whole lives of cases, over HTTP."""

from shared.schemas.lifecycle import Role
from tests.api.processing_service.conftest import Processing


async def test_a_dossier_is_worked_on_resolved_and_handed_over(processing: Processing) -> None:
    case = await processing.open()
    assert (await case.see())["appointment"] == "2023-05-22"
    assert await case.act("claim", Role.CASE_OFFICER) == "accepted"
    assert await case.act("start", Role.CASE_OFFICER) == "processing"
    processing.at("2023-05-18")
    assert await case.resolve() == "resolved"
    assert await case.act("hand-over", Role.INTAKE_OFFICER, {"means": "counter"}) == "handed_over"
    seen = await case.see(Role.CITIZEN)
    assert (seen["status"], seen["version"]) == ("handed_over", case.version)
    told = (await case.see(part="/history"))["items"]
    assert [item["event"] for item in told] == ["assigned", "started", "resolved", "handed_over"]
    assert [item["sequence"] for item in told] == [3, 4, 5, 6]
