"""Personal data is shown to officers of the agency only, and every time on record."""

from sqlalchemy import text

from shared.schemas.lifecycle import Role
from tests.api.processing_service.conftest import Processing


async def test_every_read_is_on_record_and_the_citizen_sees_it(processing: Processing) -> None:
    case = await processing.open()
    shown = await case.see(Role.CASE_OFFICER, "/applicant")
    assert shown["applicant"]["name"] == "Nguyễn Văn An"
    processing.at("2023-05-16 08:00")
    await case.see(Role.SUPERVISOR, "/applicant")
    reads = await case.see(Role.CITIZEN, "/personal-data-reads")
    assert [(read["role"], read["agency"], read["read_at"]) for read in reads["items"]] == [
        ("case_officer", "H41.SCT", "2023-05-15T02:00:00Z"),
        ("supervisor", "H41.SCT", "2023-05-16T01:00:00Z"),
    ]
    first = await case.see(Role.REPRESENTATIVE, "/personal-data-reads?limit=1")
    rest = await case.see(Role.CITIZEN, f"/personal-data-reads?limit=1&after={first['next']}")
    assert [page["items"][0]["role"] for page in (first, rest)] == ["case_officer", "supervisor"]


async def test_nobody_else_is_shown_it(processing: Processing) -> None:
    case = await processing.open(foreign_number="G01-1")
    for role in (Role.CITIZEN, Role.INTAKE_OFFICER, Role.PORTAL, Role.ADMINISTRATOR):
        assert (await case.get(role, "/applicant")).status_code == 403, role
    for role in (Role.CASE_OFFICER, Role.INTAKE_OFFICER, Role.PORTAL):
        assert (await case.get(role, "/personal-data-reads")).status_code == 403, role
    assert (await case.see(Role.CITIZEN, "/personal-data-reads"))["items"] == []


async def test_it_is_in_the_clear_nowhere_else(processing: Processing) -> None:
    case = await processing.open()
    await case.act("assignment", Role.SUPERVISOR, {"assignee": "sso|secret-officer"})
    for part in ("", "/history", "/components", "/overdue"):
        answer = await case.get(Role.CASE_OFFICER, part)
        for secret in ("Nguyễn", "040090001234", "secret-officer", processing.tokens.subject("an")):
            assert secret not in answer.text
    async with processing.engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT o::text FROM case_opening o UNION ALL SELECT h::text FROM history h")
        )
        stored = " ".join(rows.scalars())
    assert "Nguyễn" not in stored
    assert "040090001234" not in stored
    assert "secret-officer" not in stored


async def test_documents_are_given_as_they_came_and_officers_reads_are_on_record(
    processing: Processing,
) -> None:
    case = await processing.open()
    (digest,) = await processing.upload(b"filed with the dossier")
    (other,) = await processing.upload(b"of nobody's dossier")
    for role in (Role.CITIZEN, Role.CASE_OFFICER, Role.INTAKE_OFFICER, Role.PORTAL):
        answer = await case.get(role, f"/documents/{digest}")
        assert (answer.status_code, answer.content) == (200, b"filed with the dossier"), role
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    reads = (await case.see(Role.CITIZEN, "/personal-data-reads"))["items"]
    assert [read["role"] for read in reads] == ["case_officer", "intake_officer"]
    for missing in (other, "0" * 64):
        assert (await case.get(Role.CASE_OFFICER, f"/documents/{missing}")).status_code == 404
    assert (await case.get(Role.CASE_OFFICER, "/documents/nothing")).status_code == 400
    stranger = processing.as_(Role.CITIZEN, "chi")
    answer = await processing.client.get(f"/v1/cases/{case.code}/documents/{digest}", headers=stranger)
    assert answer.status_code == 404
