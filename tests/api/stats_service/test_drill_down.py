"""The dossiers behind a figure, over HTTP."""

from collections import Counter
from typing import Any

import pytest

from services.stats_service.domain.figures import FIGURES
from shared.schemas.lifecycle import Role
from tests.api.stats_service.conftest import Stats
from tests.support.clients import problem
from tests.support.stories import Story

PATH = "/v1/statistics/dossiers"


async def behind(stats: Stats, counter: str, **parameters: Any) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    cursor: str | None = None
    while True:
        more = parameters | ({} if cursor is None else {"cursor": cursor})
        answer = await stats.ask(PATH, counter=counter, limit=2, **more)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found |= {(item["agency"], item["code"]): item["n"] for item in page["items"]}
        cursor = page["next"]
        if cursor is None:
            return found


@pytest.mark.parametrize(
    "narrowed", [{}, {"agency": "H41.SYT"}, {"channel": "online"}, {"as_of": "2023-05-22T12:00:00+07:00"}]
)
async def test_the_dossiers_add_up_to_every_figure(
    stats: Stats, month: list[Story], narrowed: dict[str, str]
) -> None:
    await stats.tell(*month)
    report = await stats.report(**narrowed)
    for counter in FIGURES:
        found = await behind(stats, counter, **narrowed)
        assert sum(found.values()) == report[counter], counter
        assert list(found) == sorted(found)


async def test_a_dossier_shows_where_it_is_counted(stats: Stats, month: list[Story]) -> None:
    await stats.tell(*month)
    (item,) = (await stats.ask(PATH, counter="sent_back")).json()["items"]
    assert item == {
        "code": "H41.SYT-230518-0002", "agency": "H41.SCT", "desk": "H41.UB", "field": "Dược",
        "procedure": "1.000001", "channel": "counter", "n": 1,
    }  # fmt: skip
    assert await behind(stats, "late") == {("H41.SCT", "H41.SCT-230516-0003"): 1}


async def test_an_annulled_resolution_is_behind_no_figure_of_its_day(stats: Stats) -> None:
    story = Story().file("2023-05-15").accept("2023-05-15", "2023-05-22").resolve("2023-05-18", "2023-05-22")
    await stats.tell(story.annul("2023-05-19"))
    assert await behind(stats, "resolved") == {}
    assert await behind(stats, "resolved", as_of="2023-05-18T12:00:00+07:00") == {("H41.SCT", story.code): 1}
    assert await behind(stats, "overdue") == {("H41.SCT", story.code): 1}


async def test_an_agency_sees_its_own_dossiers_only(stats: Stats, month: list[Story]) -> None:
    await stats.tell(*month)
    health = stats.tokens.headers(Role.SUPERVISOR, agency="H41.SYT")
    for agency in ("H41.SYT", "H41.SYT.CC"):
        answer = await stats.ask(PATH, headers=health, counter="received", agency=agency)
        assert {item["agency"] for item in answer.json()["items"]} <= {"H41.SYT", "H41.SYT.CC"}
    for elsewhere in ({}, {"agency": "H41.SCT"}, {"agency": "H41"}):
        refused = problem(await stats.ask(PATH, headers=health, counter="received", **elsewhere))
        assert refused["status"] == 403


async def test_unknown_counters_and_foreign_cursors_are_refused(stats: Stats) -> None:
    assert problem(await stats.ask(PATH, counter="nothing"))["field"] == "query:counter"
    assert problem(await stats.ask(PATH, counter="late", cursor="xyz"))["status"] == 400
    assert problem(await stats.ask(PATH, counter="late", limit=201))["status"] == 400
    statuses = Counter([problem(await stats.ask(PATH))["status"]])
    assert statuses == {400: 1}
