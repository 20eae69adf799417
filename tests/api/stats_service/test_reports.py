"""Reports over HTTP."""

from typing import Any

import pytest

from services.stats_service.adapters.roller import Roller
from shared.outbox.watermarks import announcement
from shared.schemas.lifecycle import Role
from tests.api.stats_service.conftest import Stats
from tests.support.clients import problem
from tests.support.stats_database import apply
from tests.support.stories import Story, moment

ALL = {
    "carried_over": 1, "received": 5, "received_online": 2, "received_counter": 2, "received_postal": 1,
    "transferred_in": 1, "transferred_out": 1, "total": 6,
    "resolved": 3, "early": 1, "on_time": 1, "late": 1, "undated": 0,
    "closed_without_result": 1, "sent_back": 1, "withdrawn": 0,
    "in_progress": 2, "under_processing": 1, "in_time": 0, "overdue": 1, "undated_open": 0,
    "awaiting_supplement": 1, "awaiting_supplement_overdue": 0, "awaiting_payment": 0,
    "postal_uses": 2, "postal_submissions": 1, "postal_returns": 1, "digitised": 5,
}  # fmt: skip


def among(document: dict[str, Any], expected: dict[str, int]) -> dict[str, int]:
    return {name: document[name] for name in expected}


async def test_a_report_has_every_figure_under_its_code_word(stats: Stats, month: list[Story]) -> None:
    await stats.tell(*month)
    report = await stats.report()
    assert among(report, ALL) == ALL
    assert (report["from"], report["to"], report["by"]) == ("2023-05-15", "2023-06-14", None)
    assert report["publishable"] is True
    assert report["problems"] == report["rows"] == []


async def test_a_report_is_the_same_once_it_is_rolled_up(stats: Stats, month: list[Story]) -> None:
    await stats.tell(*month)
    before = await stats.report(by="cell")
    await Roller(stats.engine).roll()
    assert await stats.report(by="cell") == before


async def test_a_parent_is_the_sum_of_its_children(stats: Stats, month: list[Story]) -> None:
    await stats.tell(*month)
    report = await stats.report(by="agency")
    rows = {row["agency"]: row for row in report["rows"]}
    assert {code: (row["received"], row["total"]) for code, row in rows.items()} == {
        "H41.SCT": (2, 4),
        "H41.SYT": (3, 2),
    }
    assert rows["H41.SYT"]["name"] == "Sở H41.SYT"
    health = await stats.report(agency="H41.SYT", by="agency")
    assert {row["agency"]: row["total"] for row in health["rows"]} == {"H41.SYT": 1, "H41.SYT.CC": 1}
    assert among(health, ALL) == among(rows["H41.SYT"], ALL)


@pytest.mark.parametrize(
    ("by", "received"),
    [
        ("field", {"Dược": 3, "Xúc tiến thương mại": 2}),
        ("channel", {"counter": 2, "online": 2, "postal": 1}),
        ("desk", {"H41.TTPVHCC": 4, "H41.UB": 1}),
        ("procedure", {"1.000001": 3, "2.000004": 2}),
    ],
)
async def test_a_report_splits_by_any_dimension(
    stats: Stats, month: list[Story], by: str, received: dict[str, int]
) -> None:
    await stats.tell(*month)
    report = await stats.report(by=by)
    assert {row[by]: row["received"] for row in report["rows"]} == received
    for value, number in received.items():
        assert (await stats.report(**{by: value}))["received"] == number
    assert report["problems"] == []


async def test_percentages_name_what_they_divide(stats: Stats, month: list[Story]) -> None:
    await stats.tell(*month)
    shares = (await stats.report())["percentages"]
    assert shares["resolved_basis"] == {
        "value": "66.67", "text": "66.67", "numerator": 2, "denominator": 3,
        "numerator_is": "early + on_time", "denominator_is": "early + on_time + late",
    }  # fmt: skip
    assert (shares["due_basis"]["text"], shares["load_basis"]["text"]) == ("50.00", "66.67")
    empty = (await stats.report(first="2022-01-01", last="2022-01-31"))["percentages"]
    assert (empty["resolved_basis"]["value"], empty["resolved_basis"]["text"]) == (None, "n/a")


async def test_what_is_carried_over_is_what_was_in_progress(stats: Stats, month: list[Story]) -> None:
    await stats.tell(*month)
    for agency in ("H41", "H41.SCT", "H41.SYT"):
        earlier = await stats.report(first="2023-05-01", last="2023-05-20", agency=agency)
        later = await stats.report(first="2023-05-21", last="2023-06-14", agency=agency)
        assert later["carried_over"] == earlier["in_progress"]


async def test_a_report_as_of_a_moment_forgets_what_came_later(stats: Stats, month: list[Story]) -> None:
    await stats.tell(*month)
    now = await stats.report(as_of="2023-05-22T12:00:00+07:00")
    assert (now["resolved"], now["late"], now["in_progress"]) == (2, 0, 4)
    before = await stats.report(as_of="2023-05-22T09:00:00+07:00")
    assert (before["resolved"], before["in_progress"]) == (1, 5)


async def test_nothing_lies_after_today(stats: Stats, month: list[Story]) -> None:
    await stats.tell(*month)
    report = await stats.report(last="2999-12-31")
    assert among(report, ALL) == ALL
    assert "the period has not ended" in report["provisional"]
    future = await stats.report(first="2024-01-01", last="2024-01-31")
    assert (future["carried_over"], future["received"], future["in_progress"]) == (2, 0, 2)


async def test_a_report_says_what_is_missing(stats: Stats, month: list[Story]) -> None:
    unknown = "{} has not yet said up to when it has told everything"
    known = "what {} recorded is known only up to {}"
    await stats.tell(*month, Story("H41.SCT-230615-0009").file("2023-06-15").accept("2023-06-15", None))
    assert (await stats.report())["provisional"] == [unknown.format("/intake"), unknown.format("/processing")]
    await stats.announce("2023-06-15 00:00", "/intake")
    assert (await stats.report())["provisional"] == [unknown.format("/processing")]
    await stats.announce("2023-06-14 23:45", "/processing")
    assert (await stats.report())["provisional"] == [known.format("/processing", "2023-06-14T23:45:00+07:00")]
    await stats.announce("2023-06-15 00:00", "/processing")
    assert (await stats.report())["provisional"] == []


async def test_a_report_is_complete_only_when_every_partition_is(stats: Stats) -> None:
    await stats.announce("2023-06-15 00:00", "/intake")
    for up_to, after_most in (
        ("2023-06-14 23:30", "has not yet said"),
        ("2023-06-15 00:00", "23:30:00+07:00"),
    ):
        *most, last = announcement("/processing", 1, moment(up_to))
        await apply(stats.engine, most)
        (reason,) = (await stats.report())["provisional"]
        assert after_most in reason
        await apply(stats.engine, [last])
    assert (await stats.report())["provisional"] == []


async def test_what_is_seen_from_a_moment_needs_all_that_was_recorded_until_then(stats: Stats) -> None:
    """As of a moment, what is recorded at that moment counts too."""
    await stats.announce("2023-06-15 07:45")
    early, late = "2023-06-15T07:44:59+07:00", "2023-06-15T07:45:00+07:00"
    assert (await stats.report(as_of=early))["provisional"] == []
    assert len((await stats.report(as_of=late))["provisional"]) == 2


async def test_a_broken_identity_is_named_and_the_report_not_publishable(
    stats: Stats, month: list[Story]
) -> None:
    await stats.tell(*month)
    async with stats.engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE delta SET late = NULL, on_time = 1 WHERE late = 1 AND code = 'H41.SCT-230516-0003'"
        )
        await connection.exec_driver_sql("UPDATE delta SET received = 2 WHERE code = 'H41.SYT-230516-0001'")
    report = await stats.report(by="field")
    assert report["publishable"] is False
    broken = {(one["row"], one["identity"]) for one in report["problems"]}
    assert ("total row", "total = resolved + closed_without_result + in_progress") in broken
    assert ("Dược", "received = received_counter + received_online + received_postal") in broken


async def test_form_06a_names_what_it_has_no_column_for(stats: Stats, month: list[Story]) -> None:
    await stats.tell(*month)
    form = (await stats.ask("/v1/reports/form-06a")).json()
    total = form["total"]
    assert total["columns"] == {
        "3": 6, "4": 2, "5": 3, "6": 1, "7": 3, "8": 1, "9": 1, "10": 1, "11": 2, "12": 1, "13": 1,
    }  # fmt: skip
    assert total["remainder"] == {"sent_back": 1, "withdrawn": 0, "undated": 0}
    assert (total["identity"], total["holds"]) == ("3 = 7 + 11 + N", True)
    assert {row["field"]: row["columns"]["3"] for row in form["rows"]} == {
        "Dược": 3,
        "Xúc tiến thương mại": 3,
    }
    assert form["warnings"] == []
    strict = (await stats.ask("/v1/reports/form-06a", remainder="as_on_time")).json()
    assert strict["total"]["columns"]["9"] == 2
    assert (strict["total"]["identity"], strict["total"]["holds"]) == ("3 = 7 + 11", True)
    assert len(strict["warnings"]) == 1


BAD_INPUT: list[tuple[dict[str, Any], int, str]] = [
    ({"first": "2023-06-15"}, 422, "query:from"),
    ({"first": "0001-01-01"}, 422, "query:from"),
    ({"last": "3000-01-01"}, 422, "query:to"),
    ({"agency": "H41.XYZ"}, 422, "query:agency"),
    ({"desk": "H41.SCT"}, 422, "query:desk"),
    ({"field": "Không có"}, 422, "query:field"),
    ({"procedure": "9.999999"}, 422, "query:procedure"),
    ({"as_of": "2023-06-15T08:00:01+07:00"}, 422, "query:as_of"),
    ({"first": "15/05/2023"}, 400, "query:from"),
    ({"first": "0"}, 400, "query:from"),
    ({"first": "2023-02-30"}, 400, "query:from"),
    ({"channel": "fax"}, 400, "query:channel"),
    ({"by": "day"}, 400, "query:by"),
    ({"agency": "h41"}, 400, "query:agency"),
    ({"procedure": "x"}, 400, "query:procedure"),
    ({"field": "\x00"}, 400, "query:field"),
    ({"as_of": "2023-06-14"}, 400, "query:as_of"),
    ({"as_of": "2023-06-14T08:00:00"}, 400, "query:as_of"),
    ({"colour": "red"}, 400, "query:colour"),
]


async def test_bad_input_is_named(stats: Stats) -> None:
    for parameters, status, named in BAD_INPUT:
        refused = problem(await stats.ask("/v1/reports", **parameters))
        pointers = [one["pointer"] for one in refused.get("errors", [])]
        assert (refused["status"], refused.get("field") or pointers[0]) == (status, named), parameters


async def test_only_readers_of_statistics_are_answered(stats: Stats) -> None:
    assert problem(await stats.ask("/v1/reports", headers={}))["status"] == 401
    for role in Role:
        if role is Role.SYSTEM:
            continue
        answer = await stats.ask("/v1/reports", headers=stats.tokens.headers(role))
        allowed = role in {Role.STATISTICS_READER, Role.ADMINISTRATOR, Role.SUPERVISOR, Role.APPROVER}
        assert answer.status_code == (200 if allowed else 403), role
