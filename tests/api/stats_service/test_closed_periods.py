"""Closing a period over HTTP, and what may still change it."""

from hashlib import sha256
from typing import Any

import pytest

from shared.schemas.lifecycle import Role
from tests.api.stats_service.conftest import MONTH, Stats
from tests.support.clients import problem
from tests.support.stats_database import apply
from tests.support.stories import Story, moment

PATH = "/v1/reports/closed-periods"
THE_MONTH = f"{PATH}/{MONTH['from']}/{MONTH['to']}"


async def close(stats: Stats, role: Role = Role.ADMINISTRATOR, path: str = THE_MONTH) -> Any:
    return await stats.client.put(path, headers=stats.tokens.headers(role))


async def get(stats: Stats, path: str, **parameters: Any) -> Any:
    reader = stats.tokens.headers(Role.STATISTICS_READER)
    return await stats.client.get(path, params=parameters, headers=reader)


@pytest.fixture
async def closed(stats: Stats, month: list[Story]) -> Stats:
    await stats.tell(*month)
    await stats.announce("2023-06-15 07:45")
    assert (await close(stats)).status_code == 201
    return stats


async def test_a_closed_period_keeps_its_figures_and_their_digest(closed: Stats) -> None:
    report = await closed.report()
    shown = (await get(closed, THE_MONTH)).json()
    assert {name: report[name] for name in shown["figures"]} == shown["figures"]
    assert shown["corrected_by"] == {}
    document = await get(closed, f"{THE_MONTH}/document")
    assert sha256(document.content).hexdigest() == shown["digest"]
    assert document.json()["total"] == shown["figures"]
    assert sum(cell["figures"].get("received", 0) for cell in document.json()["cells"]) == report["received"]


async def test_closing_again_changes_nothing(closed: Stats) -> None:
    first = (await get(closed, THE_MONTH)).json()
    closed.clock.set(moment("2023-06-20"))
    again = await close(closed)
    assert again.status_code == 200
    assert again.json()["closed_at"] == first["closed_at"]
    assert [one["digest"] for one in (await get(closed, PATH)).json()["items"]] == [first["digest"]]


async def test_a_later_annulment_is_listed_as_a_correction(closed: Stats, month: list[Story]) -> None:
    late = month[2]
    closed.clock.set(moment("2023-06-21"))
    late.annul("2023-06-20", 3)
    await closed.tell(Story().file("2023-06-20"))
    await apply(closed.engine, late.events[-1:])
    items = (await get(closed, f"{THE_MONTH}/corrections")).json()["items"]
    assert items == [
        {
            "code": late.code,
            "figures": {
                "in_progress": 1, "resolved": -1, "late": -1, "results": -1, "results_digitised": -1,
                "under_processing": 1, "overdue": 1,
            },
        }
    ]  # fmt: skip
    shown = (await get(closed, THE_MONTH)).json()
    assert shown["corrected_by"] == items[0]["figures"]
    now = await closed.report()
    assert all(now[name] == n + shown["corrected_by"].get(name, 0) for name, n in shown["figures"].items())
    after = await closed.report(first="2023-06-15", last="2023-06-20")
    assert after["carried_over"] == shown["figures"]["in_progress"] + 1
    assert after["problems"] == []


async def test_what_was_frozen_must_be_what_is_carried_over(closed: Stats) -> None:
    async with closed.engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE closed_period SET total = jsonb_set(total, '{in_progress}', '7')"
        )
    closed.clock.set(moment("2023-06-17"))
    report = await closed.report(first="2023-06-15", last="2023-06-16")
    assert [(one["left"], one["right"]) for one in report["problems"]] == [(2, 7)]
    assert "closed period" in report["problems"][0]["identity"]
    assert report["publishable"] is False


async def test_a_period_is_closed_only_when_nothing_of_it_can_still_come(
    stats: Stats, month: list[Story]
) -> None:
    await stats.tell(*month)
    refused = problem(await close(stats))
    assert (refused["status"], refused["code"]) == (409, "state-conflict")
    assert "/intake has not yet said" in refused["detail"]
    await stats.announce("2023-06-15 07:45", "/intake")
    # Whatever undoes the last decisions of the period is in it.
    await stats.announce("2023-06-15 00:15", "/processing")
    assert (await stats.report())["provisional"] == []
    assert "known only up to 2023-06-15T00:15:00+07:00" in problem(await close(stats))["detail"]
    await stats.announce("2023-06-15 00:30", "/processing")
    assert "has not ended" in problem(await close(stats, path=f"{PATH}/2023-05-15/2023-06-15"))["detail"]
    assert (await close(stats)).status_code == 201


async def test_a_period_cannot_be_closed_while_its_end_may_be_undone(stats: Stats) -> None:
    stats.clock.set(moment("2023-06-16 00:10"))
    await stats.announce("2023-06-16 00:00")
    refused = problem(await close(stats, path=f"{PATH}/2023-06-15/2023-06-15"))
    assert refused["status"] == 409
    assert "undone" in refused["detail"]


async def test_lists_have_pages(closed: Stats) -> None:
    for first, last in (("2023-05-15", "2023-05-31"), ("2023-06-01", "2023-06-14")):
        assert (await close(closed, path=f"{PATH}/{first}/{last}")).status_code == 201
    found, cursor = [], None
    while True:
        page = (await get(closed, PATH, limit=1, **({"cursor": cursor} if cursor else {}))).json()
        found += [(item["from"], item["to"]) for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == [
        ("2023-06-01", "2023-06-14"),
        ("2023-05-15", "2023-06-14"),
        ("2023-05-15", "2023-05-31"),
    ]
    assert problem(await get(closed, PATH, cursor="WyJhIiwgImIiXQ"))["status"] == 400


async def test_only_administrators_close_and_unknown_periods_are_not_found(stats: Stats) -> None:
    for role in (Role.STATISTICS_READER, Role.SUPERVISOR, Role.CITIZEN):
        assert problem(await close(stats, role))["status"] == 403
    for path in (THE_MONTH, f"{THE_MONTH}/document", f"{THE_MONTH}/corrections"):
        assert problem(await get(stats, path))["status"] == 404
    assert problem(await close(stats, path=f"{PATH}/2023-06-15/2023-06-14"))["status"] == 422
    assert problem(await close(stats, path=f"{PATH}/x/2023-06-14"))["status"] == 400
