"""Random lives of dossiers through the whole system, and whether all that is said of them agrees.

People file and act over HTTP, time passes, the calendar is edited, events come late, twice and in the wrong
order. Whenever it is asked, the statistics are a recount of what reached them, by the code of `motcua verify`
that shares nothing with them; histories are whole; and nothing that was refused has changed anything.

By itself the same few systems live in every run of the suite. `MOTCUA_TEST_LIVES` says how many, and then
they are other ones each time; `MOTCUA_TEST_SHRINK` makes small what is found.
"""

import asyncio
import os
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from fastapi import FastAPI
from httpx2 import Response
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.console.run_folder import RunFolder
from services.console.service_parts import applications
from shared.clock import local_date, local_time
from shared.lifecycle import Transition
from shared.schemas.lifecycle import Action, Channel, DossierStatus, Role
from tests.support.acts_over_http import (
    IN_LISTS,
    LIFECYCLES,
    WHY,
    Situation,
    actions_of,
    body_of,
    onward,
    path_of,
)
from tests.support.agreement import (
    Question,
    all_histories,
    check_applied,
    check_closed_period,
    check_dossiers_behind,
    check_figures,
    check_histories,
    check_public_view,
    check_turning_days,
    everything_taken_in,
    turning_days,
)
from tests.support.calendars import at
from tests.support.clients import Tokens, problem
from tests.support.postgres import FreshDatabase, PostgresServer
from tests.support.small_province import AGENCIES, CENTER, HEALTH_DESK, OPTIONAL, PROCEDURES, REQUIRED
from tests.support.system import System, running, settings_of
from tests.support.system_databases import SystemDatabases, system_databases

T = TypeVar("T")
_NUMBER = "MOTCUA_TEST_LIVES"
_MANY = 200
"""Among as many systems everything that people can do is done."""
# A Friday: the first night that passes is that of a weekend.
START = at("2023-04-21 15:00")
# To make what was found small takes many times as long as to find it.
PHASES = [phase for phase in Phase if phase is not Phase.shrink or "MOTCUA_TEST_SHRINK" in os.environ]
_INTAKE = frozenset({DossierStatus.SUBMITTED, DossierStatus.INCOMPLETE, DossierStatus.NOT_ACCEPTED})
_BETWEEN = [0, 0, 0, 10, 25, 40, 24 * 60, 3 * 24 * 60]
"""Minutes between two acts."""
_OF_NO_EFFECT = {Action.ASSIGN, Action.CLAIM}
_WRITTEN = (
    ("intake", "SELECT * FROM dossier ORDER BY code"),
    ("intake", "SELECT count(*) FROM history"),
    ("intake", "SELECT count(*) FROM idempotency_key"),
    ("processing", "SELECT * FROM case_file ORDER BY code"),
    ("processing", "SELECT count(*) FROM history"),
    ("processing", "SELECT count(*) FROM idempotency_key"),
)
_COUNTED = ("received", "resolved", "overdue", "in_progress", "postal_uses", "unanswered", "total", "in_time")


@dataclass
class Place:
    """Where systems live, one after another."""

    databases: SystemDatabases
    folder: RunFolder
    tokens: Tokens
    loop: asyncio.Runner
    apps: Mapping[str, FastAPI]
    granted: set[Action] = field(default_factory=set)
    """What was ever done in any of them."""


class Lives(RuleBasedStateMachine):
    """One system, and everybody who has to do with it."""

    place: ClassVar[Place]

    def __init__(self) -> None:
        super().__init__()
        self.codes: set[str] = set()
        self.over: set[str] = set()
        """Those that nothing can happen to any more."""
        self.foreign = 0
        self.moments = [START]
        self.closed: dict[str, str] = {}
        """The path of every closed period, and its digest."""
        self.stack = AsyncExitStack()
        self.system: System = self.run(self._begin())
        (self.digest,) = self.run(self.system.upload(b"a document", by=self.by(Role.INTAKE_OFFICER)))

    async def _begin(self) -> System:
        place = self.place
        await place.databases.renew()
        return await self.stack.enter_async_context(
            running(place.databases, place.folder, place.tokens, START, place.apps)
        )

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.place.loop.run(work)

    def by(self, role: Role, agency: str | None = None, desk: str = CENTER) -> dict[str, str]:
        """The headers of the one who acts in a role: there is one of each, and one for each agency."""
        if role in {Role.CASE_OFFICER, Role.APPROVER, Role.SUPERVISOR}:
            return self.place.tokens.headers(role, subject=f"{role}-{agency}", agency=agency)
        if role is Role.INTAKE_OFFICER:
            return self.place.tokens.headers(role, desk=desk)
        return self.place.tokens.headers(role)

    # What people do.

    @initialize(data=st.data())
    def somebody_files(self, data: st.DataObject) -> None:
        self.file(data)

    @precondition(lambda self: len(self.codes - self.over) < 5)
    @rule(data=st.data())
    def file(self, data: st.DataObject) -> None:
        channel = data.draw(st.sampled_from(Channel))
        by, body = self._filing(channel, data)
        before = self.run(self.snapshot())
        answer = self.run(self.system.call("POST", "/v1/dossiers", by, body, headers=self.system.key()))
        if answer.status_code == 201:
            self.codes.add(answer.json()["code"])
            event(f"filed through {channel}: {answer.json()['status']}")
        else:
            assert answer.status_code == 422, answer.text
            assert self.run(self.snapshot()) == before

    def _filing(self, channel: Channel, data: st.DataObject) -> tuple[dict[str, str], dict[str, Any]]:
        components = [*REQUIRED, *data.draw(st.sampled_from([[], [], [OPTIONAL]]))]
        if data.draw(st.integers(0, 14)) == 7:
            components.pop(0)
        paper = data.draw(st.integers(0, 4)) == 2
        body = {
            "procedure": data.draw(st.sampled_from([procedure.code for procedure in PROCEDURES])),
            "channel": channel,
            "applicant": {"name": "Nguyễn Văn An", "identity_number": "040090001234"},
            "account": self.place.tokens.subject("test-citizen"),
            "components": [{"component": c, "digest": None if paper else self.digest} for c in components],
            "return_by": data.draw(st.sampled_from(["counter", "online", "post"])),
        }
        if channel is Channel.COUNTER:
            body["decision"] = data.draw(
                st.sampled_from(
                    [
                        *[{"outcome": "accept"}] * 5,
                        {"outcome": "request_completion", "missing": [OPTIONAL], **WHY},
                        {"outcome": "refuse", **WHY},
                    ]
                )
            )
        role = data.draw(
            st.sampled_from(
                {
                    Channel.COUNTER: [Role.INTAKE_OFFICER],
                    Channel.ONLINE: [Role.CITIZEN, Role.REPRESENTATIVE, Role.PORTAL],
                    Channel.POSTAL: [Role.INTAKE_OFFICER, Role.POSTAL_PARTNER],
                }[channel]
            )
        )
        if role is Role.PORTAL:
            self.foreign += 1
            body["foreign_number"] = f"DVCQG-{self.foreign:04}"
        return self.by(role, desk=data.draw(st.sampled_from([CENTER, CENTER, HEALTH_DESK]))), body

    # Also after time has passed: a run leaves some of the rules out, and lives are what all this is about.

    @precondition(lambda self: self.codes)
    @rule(data=st.data(), acts=st.integers(2, 6))
    def a_dossier_goes_on(self, data: st.DataObject, acts: int) -> None:
        code = data.draw(st.sampled_from(sorted(self.codes - self.over) or sorted(self.codes)))
        for number in range(acts):
            if number:
                minutes = data.draw(st.sampled_from(_BETWEEN))
                self.pass_to(self.system.clock.now() + timedelta(minutes=minutes))
            self.act(code, data)

    @precondition(lambda self: self.codes)
    @rule(data=st.data())
    def dossiers_go_on_in_turn(self, data: st.DataObject) -> None:
        for code in sorted(self.codes - self.over):
            self.act(code, data)

    def act(self, code: str, data: st.DataObject) -> None:
        service, view = self.look_now(code)
        if service == "processing" and "calendar_version" not in view and data.draw(st.integers(0, 3)):
            self.run(self.system.settle())  # mostly nobody acts before the case is there
            service, view = self.look_now(code)
        lifecycle, status = LIFECYCLES[service], DossierStatus(view["status"])
        known = actions_of(service)
        bold, idle = (data.draw(st.integers(0, 14)) == 7 for _ in range(2))
        rows = [row for row in lifecycle.transitions if status in row.sources and row.action in known]
        allowed = [row.action for row in rows]
        natural = [each for each in allowed if idle or each not in _OF_NO_EFFECT] or allowed or known
        if data.draw(st.integers(0, 2)) < (2 if service == "intake" else 1):
            natural = [onward(view)]  # left to chance alone, few dossiers would get far
        action = data.draw(st.sampled_from(known if bold else natural))
        row = lifecycle.find(status, action)
        roles = row.roles if row and data.draw(st.integers(0, 14)) else frozenset(Role)
        role = data.draw(st.sampled_from(sorted(roles - {Role.SYSTEM})))
        agency = view["agency"] if data.draw(st.integers(0, 19)) else data.draw(st.sampled_from(AGENCIES))
        version = view["version"] - (data.draw(st.integers(0, 19)) == 0)
        body = body_of(service, action, self.situation(view, data))
        headers = {"If-Match": f'"{version}"', **self.system.key()}
        path = path_of(service, code, action)
        before = self.run(self.snapshot())
        answer = self.run(self.system.call("POST", path, self.by(role, agency), body, headers=headers))
        if answer.status_code == 200:
            self.granted(answer, view, version, row, role)
            if data.draw(st.integers(0, 9)) == 0:
                before = self.run(self.snapshot())
                again = self.run(self.system.call("POST", path, self.by(role, agency), body, headers=headers))
                assert (again.status_code, again.content) == (200, answer.content)
                assert self.run(self.snapshot()) == before
        else:
            self.refused(answer, row, role, stale=version != view["version"])
            assert self.run(self.snapshot()) == before

    def granted(
        self, answer: Response, view: dict[str, Any], version: int, row: Transition | None, role: Role
    ) -> None:
        told = answer.json()
        assert row is not None, answer.text
        assert role in row.roles
        assert told["version"] == version + 1 == view["version"] + 1
        assert told["event"] == row.event
        if isinstance(row.target, DossierStatus):
            assert told["status"] == row.target
        if row.action in {Action.HAND_OVER, Action.CANCEL}:
            self.over.add(told["code"])
        self.place.granted.add(row.action)
        event(f"granted {row.action}")

    def refused(self, answer: Response, row: Transition | None, role: Role, *, stale: bool) -> None:
        """The checks have an order: who may see it, the version, the table, the role, the rules."""
        code = problem(answer)["code"]
        if answer.status_code == 404:
            return
        if stale:
            assert answer.status_code == 412, answer.text
        elif row is None:
            assert answer.status_code == 409, answer.text
        elif role not in row.roles:
            assert answer.status_code == 403, answer.text
        else:
            assert answer.status_code in {403, 422}, answer.text
            event(f"refused {row.action}: {code}")

    @precondition(lambda self: len(self.codes) > 1)
    @rule(action=st.sampled_from(sorted(IN_LISTS)), agency=st.sampled_from(AGENCIES), data=st.data())
    def act_in_a_list(self, action: Action, agency: str, data: st.DataObject) -> None:
        views = [view for service, view in map(self.look_now, sorted(self.codes)) if service == "processing"]
        if not views:
            return
        items = [
            {"code": v["code"], "version": v["version"]}
            | (body_of("processing", action, self.situation(v, data)) or {})
            for v in views
        ]
        rows = [LIFECYCLES["processing"].find(DossierStatus(v["status"]), action) for v in views]
        role = {Action.START: Role.CASE_OFFICER, Action.TRANSFER: Role.ADMINISTRATOR}.get(
            action, Role.INTAKE_OFFICER if action in {Action.DISPATCH, Action.HAND_OVER} else Role.APPROVER
        )
        path = f"/v1/cases/bulk/{IN_LISTS[action]}"
        answer = self.run(
            self.system.call("POST", path, self.by(role, agency), {"items": items}, headers=self.system.key())
        )
        assert answer.status_code == 200, answer.text
        for told, view, row in zip(answer.json()["items"], views, rows, strict=True):
            after = self.look_now(view["code"])[1]
            granted = told["status"] == 200
            assert not granted or row is not None
            assert after["version"] == view["version"] + granted
            assert granted or after["status"] == view["status"]

    @rule(
        day=st.integers(-3, 25),
        kind=st.sampled_from(["holiday", "swapped_day_off", "makeup_working_day", None]),
    )
    def edit_the_calendar(self, day: int, kind: str | None) -> None:
        special = local_date(self.system.clock.now()) + timedelta(days=day)
        seen = self.run(self.system.call("GET", f"/v1/calendar/{special.year}"))
        headers = {"If-Match": seen.headers["ETag"]}
        path, by = f"/v1/calendar/days/{special}", self.by(Role.ADMINISTRATOR)
        if kind is None:
            work = self.system.call("DELETE", path, by, headers=headers)
        else:
            work = self.system.call("PUT", path, by, {"kind": kind, "name": "Đổi lịch"}, headers=headers)
        answer = self.run(work)
        assert answer.status_code in {200, 404, 422}, answer.text
        event(f"calendar: {answer.status_code}")

    @precondition(lambda self: len(self.closed) < 4)
    @rule(ago=st.integers(1, 8), days=st.integers(0, 9))
    def a_period_is_closed(self, ago: int, days: int) -> None:
        last = local_date(self.system.clock.now()) - timedelta(days=ago)
        path = f"/v1/reports/closed-periods/{last - timedelta(days=days)}/{last}"
        answer = self.run(self.system.call("PUT", path, self.by(Role.ADMINISTRATOR)))
        assert answer.status_code in {200, 201, 409}, answer.text
        if answer.status_code == 201:
            self.closed[path] = answer.json()["digest"]
        event(f"period closed: {answer.status_code}")

    # What time does.

    @precondition(lambda self: self.codes)
    @rule(minutes=st.sampled_from([1, 10, 29, 31, 90]), data=st.data())
    def a_while_passes(self, minutes: int, data: st.DataObject) -> None:
        self.pass_to(self.system.clock.now() + timedelta(minutes=minutes))
        self.a_dossier_goes_on(data, 1)

    @precondition(lambda self: self.codes)
    @rule(data=st.data())
    def midnight_passes(self, data: st.DataObject) -> None:
        tomorrow = local_date(self.system.clock.now()) + timedelta(days=1)
        before, after = local_time(tomorrow, 0) - timedelta(minutes=5), local_time(tomorrow, 0, 5)
        self.pass_to(before if self.system.clock.now() < before else after)
        self.a_dossier_goes_on(data, 2)

    @precondition(lambda self: self.codes)
    @rule(days=st.sampled_from([1, 1, 1, 2, 2, 3, 5, 7, 12, 31]), hour=st.integers(7, 17), data=st.data())
    def days_pass(self, days: int, hour: int, data: st.DataObject) -> None:
        self.pass_to(local_time(local_date(self.system.clock.now()) + timedelta(days=days), hour, 30))
        self.a_dossier_goes_on(data, 2)

    def pass_to(self, moment: Any) -> None:
        self.moments.append(self.system.clock.now())
        self.system.clock.set(moment)

    @rule(what=st.sampled_from(["timers", "timers", "reference data", "roller"]))
    def workers_wake(self, what: str) -> None:
        match what:
            case "timers":
                self.run(self.system.run_timers())
            case "reference data":
                self.run(self.system.refresh_references())
            case "roller":
                self.run(self.system.workers.roller.roll())

    # How events travel.

    @rule(service=st.sampled_from(["intake", "processing"]))
    def events_leave(self, service: str) -> None:
        self.run(self.system.collect(service))

    @precondition(lambda self: self.system.travelling)
    @rule(data=st.data(), service=st.sampled_from(["intake", "processing", "stats"]))
    def some_arrive(self, data: st.DataObject, service: str) -> None:
        numbers = st.integers(0, len(self.system.travelling) - 1)
        drawn = data.draw(st.lists(numbers, min_size=1, max_size=6))
        self.run(self.system.deliver([self.system.travelling[number] for number in drawn]))
        self.run(self.system.consume(service))

    @rule(data=st.data())
    def some_arrive_again(self, data: st.DataObject) -> None:
        numbers = st.integers(0, len(self.system.log.records) - 1)
        self.run(self.system.redeliver(data.draw(st.lists(numbers, min_size=1, max_size=6))))

    @rule()
    def all_arrive(self) -> None:
        self.run(self.system.settle())

    # What has to hold.

    @rule(data=st.data())
    def everything_agrees(self, data: st.DataObject) -> None:
        self.run(self._check([self.question(data)], data.draw(st.sampled_from(_COUNTED))))

    def question(self, data: st.DataObject) -> Question:
        """Any period, now or as of a moment of the past."""
        today = local_date(self.system.clock.now())
        turning = st.sampled_from(turning_days(self.run(all_histories(self.system)), today))
        first = data.draw(turning | st.dates(local_date(START) - timedelta(days=1), today))
        last = max(first, data.draw(turning | st.dates(first, today + timedelta(days=3))))
        return Question(first, last, data.draw(st.none() | st.sampled_from(self.moments)))

    async def _check(self, questions: list[Question], counter: str) -> None:
        await self.system.consume("stats")
        lives = await all_histories(self.system)
        await check_histories(self.system, lives)
        applied = await check_applied(self.system)
        for question in questions:
            await check_figures(self.system, lives, applied, question)
            await check_dossiers_behind(self.system, question, counter)

    def teardown(self) -> None:
        try:
            self.run(self._end())
        finally:
            self.run(self.stack.aclose())

    async def _end(self) -> None:
        """However much was on its way: in the end everything is everywhere, and once is as good as twice."""
        system = self.system
        await system.settle()
        today = local_date(system.clock.now())
        month = Question(local_date(START), today)
        questions = [
            month,
            Question(today, today),
            Question(month.start, today, self.moments[len(self.moments) // 2]),
        ]
        await self._check(questions, "in_progress")
        lives, applied = await all_histories(system), await check_applied(system)
        assert {code: len(life) for code, life in lives.items()} == applied
        await check_turning_days(system, lives, applied)
        await check_public_view(system, lives)
        for path, digest in self.closed.items():
            await check_closed_period(system, path, digest)
        before = await everything_taken_in(system)
        await system.redeliver(reversed(range(len(system.log.records))))
        for service in ("intake", "processing", "stats"):
            await system.consume(service)
        assert await everything_taken_in(system) == before

    # What the machine looks at.

    def situation(self, view: dict[str, Any], data: st.DataObject) -> Situation:
        return Situation(view, data.draw, self.system.clock.now(), self.digest)

    async def look(self, code: str) -> tuple[str, dict[str, Any]]:
        """Who decides on it now, and what it looks like to an administrator."""
        by = self.by(Role.ADMINISTRATOR)
        dossier: dict[str, Any] = (await self.system.call("GET", f"/v1/dossiers/{code}", by)).json()
        if dossier["status"] in _INTAKE:
            return "intake", dossier
        case = await self.system.call("GET", f"/v1/cases/{code}", by)
        absent = {"supplement": None, "payment": None, "with_post": False}
        return "processing", case.json() if case.status_code == 200 else {**dossier, **absent}

    def look_now(self, code: str) -> tuple[str, dict[str, Any]]:
        return self.run(self.look(code))

    async def snapshot(self) -> list[Any]:
        """All that a refused request must leave as it is."""
        return [await self.system.tables[service].fetch(query) for service, query in _WRITTEN]


def test_random_lives(postgres_server: PostgresServer, fresh_database: FreshDatabase, tmp_path: Path) -> None:
    databases = system_databases(postgres_server, fresh_database)
    folder = RunFolder(tmp_path)
    tokens = Tokens(folder)
    apps = applications(settings_of(databases, folder, tokens))
    lives = int(os.environ.get(_NUMBER, "20"))
    with asyncio.Runner() as loop:
        place = Place(databases, folder, tokens, loop, apps)
        run_state_machine_as_test(
            type("LivesHere", (Lives,), {"place": place}),
            settings=settings(
                max_examples=lives,
                derandomize=_NUMBER not in os.environ,
                stateful_step_count=50,
                deadline=None,
                report_multiple_bugs=False,
                phases=PHASES,
                suppress_health_check=list(HealthCheck),
            ),
        )
    missed = {action for service in LIFECYCLES for action in actions_of(service)} - place.granted
    assert lives < _MANY or not missed, f"nobody ever did {sorted(missed)}"
