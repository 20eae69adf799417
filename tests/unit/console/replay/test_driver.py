"""A plan is lived through once, in order, and goes on after an interruption."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import cast

import pytest

from services.console.replay.client import Client
from services.console.replay.driver import Driver
from services.console.replay.journal import Journal
from services.console.replay.requests import Requests
from services.console.replay.sending import Sender
from services.console.replay.tokens import Tokens
from services.console.scenario.arithmetic import check
from services.console.scenario.lives import Plan
from services.console.scenario.planner import plan
from shared.clock import SimulatedClock, local_time
from tests.support.recorded_api import ProcessEndedError, RecordedApi
from tests.support.scenarios import CALENDAR, catalogue, scenario

LAST_DAY = date(2023, 5, 28)
CATALOGUE = catalogue("H41.SCT", "H41.SYT")


@cache
def small_plan() -> Plan:
    published = {
        "carried_over": 8,
        "early_or_on_time": 30,
        "late": 3,
        "under_processing": 9,
        "awaiting_supplement": 2,
        "closed_without_result": 2,
        "received_online": 12,
        "postal_uses": 12,
    }
    return plan(check(scenario(published)), CATALOGUE, CALENDAR)


class AtRest:
    """Rest at once; notes whether anything was under way, and when nothing was to be missing."""

    def __init__(self, api: RecordedApi, clock: SimulatedClock) -> None:
        self._api = api
        self._clock = clock
        self.calendar = 0
        self.complete_at: datetime | None = None

    async def wait(self) -> None:
        assert self._api.in_flight == 0

    async def wait_for_watermarks(self) -> None:
        self.complete_at = self._clock.now()

    def expect_calendar(self, version: int) -> None:
        self.calendar = version


class NoTokens:
    def of(self, actor: object) -> str:
        return repr(actor)

    def of_role(self, role: object) -> str:
        return repr(role)


class Run:
    """One process of a replay on a folder."""

    def __init__(self, folder: Path, api: RecordedApi) -> None:
        self.journal = Journal(folder / "journal.sqlite")
        self.clock = SimulatedClock(folder / "clock")
        self.steps = 0
        self.days: list[date] = []
        tokens = cast("Tokens", NoTokens())
        client = cast("Client", api)
        requests = Requests("small", {each.code: each for each in CATALOGUE})
        self.quiescence = AtRest(api, self.clock)
        self.driver = Driver(
            client=client,
            sender=Sender(client, requests, tokens, self.journal, self._count),
            tokens=tokens,
            clock=self.clock,
            quiescence=self.quiescence,
            journal=self.journal,
            show_day=self.days.append,
        )

    def _count(self, steps: int) -> None:
        self.steps += steps

    async def live(self) -> None:
        await self.driver.live(small_plan(), LAST_DAY)


def stories(made: Plan) -> list[list[str]]:
    """What the plan says happens, dossier by dossier; a counter decides in the call that files."""
    return sorted([step.action.value for step in life.steps] for life in made.lives)


@pytest.fixture
def begin(tmp_path: Path) -> Callable[[RecordedApi], Run]:
    return lambda api: Run(tmp_path, api)


async def test_everything_in_the_plan_happens_once_and_in_order(begin: Callable[[RecordedApi], Run]) -> None:
    api = RecordedApi()
    run = begin(api)

    await run.live()

    assert sorted(api.story().values()) == stories(small_plan())
    assert run.steps == sum(len(life.steps) for life in small_plan().lives)
    assert run.driver.finished


async def test_every_document_is_stored_once_and_no_two_are_alike(
    begin: Callable[[RecordedApi], Run],
) -> None:
    api = RecordedApi()

    await begin(api).live()

    assert len(set(api.uploaded)) == len(api.uploaded) > len(small_plan().lives)


async def test_business_time_goes_forward_and_then_on_from_the_next_morning(
    begin: Callable[[RecordedApi], Run],
) -> None:
    run = begin(RecordedApi())

    await run.live()

    assert run.days == sorted(run.days)
    assert run.days[-1] == date(2023, 5, 29)
    morning = local_time(date(2023, 5, 29), 7, 30)
    assert run.quiescence.complete_at == morning
    assert morning <= run.clock.now() < morning.replace(hour=morning.hour + 1)
    before = run.clock.now()
    assert run.clock.now() >= before


async def test_the_calendar_is_edited_once_and_rest_waits_for_it(begin: Callable[[RecordedApi], Run]) -> None:
    api = RecordedApi()
    run = begin(api)

    await run.live()

    edit = small_plan().edit
    assert edit is not None
    assert api.edits == [edit.day.date.isoformat()]
    assert run.quiescence.calendar == 2


@pytest.mark.parametrize("calls", [0, 1, 7, 20, 40, 80])
async def test_an_interrupted_replay_goes_on_and_doubles_nothing(
    begin: Callable[[RecordedApi], Run], calls: int
) -> None:
    api = RecordedApi()
    api.calls_left = calls
    first = begin(api)
    with pytest.raises(ExceptionGroup) as interrupted:
        await first.live()
    assert interrupted.group_contains(ProcessEndedError)
    assert not first.driver.finished
    first.journal.close()

    api.calls_left = None
    second = begin(api)
    await second.live()

    assert sorted(api.story().values()) == stories(small_plan())
    assert second.driver.finished


async def test_a_case_that_a_newer_calendar_has_moved_is_looked_at_and_acted_on(
    begin: Callable[[RecordedApi], Run],
) -> None:
    api = RecordedApi()
    api.calls_left = 60
    run = begin(api)
    with pytest.raises(ExceptionGroup):
        await run.live()
    run.journal.close()
    api.calls_left = None
    for code in api.dossiers:
        api.moved_by_others(code)

    await begin(api).live()

    told = sorted([action for action in story if action != "recompute"] for story in api.story().values())
    assert told == stories(small_plan())


async def test_time_never_goes_back(begin: Callable[[RecordedApi], Run]) -> None:
    run = begin(RecordedApi())
    run.clock.set(datetime(2024, 1, 1, tzinfo=UTC))

    with pytest.raises(ValueError, match="never goes backwards"):
        await run.live()
