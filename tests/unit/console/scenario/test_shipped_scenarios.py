"""The plans of the two scenarios that ship: every total, every date, the floors of real life."""

from collections import Counter
from datetime import date, time
from functools import cache

import pytest

from services.console.scenario.arithmetic import Settled, check
from services.console.scenario.files import read_scenario
from services.console.scenario.lives import RESOLVED, Life, Outcome, Plan
from services.console.scenario.planner import plan
from services.console.scenario.recount import recount
from services.intake_service.seed.loader import seed_procedures
from shared.clock import VIETNAM, local_date
from shared.legal_clock.calendar import WorkingCalendar
from shared.legal_clock.promise import timeliness
from shared.schemas.lifecycle import Action, Channel, PausePolicy, Role
from tests.support.scenarios import CALENDAR, closed_at, due_by_the_legal_clock

BOTH = pytest.mark.parametrize("name", ["nghe-an-2023-06", "nghe-an-2023-06-corrected"])
PROCEDURES = {procedure.code: procedure for procedure in seed_procedures()}


@cache
def planned(name: str) -> tuple[Settled, Plan]:
    settled = check(read_scenario(name))
    return settled, plan(settled, seed_procedures(), CALENDAR)


def received(made: Plan) -> list[Life]:
    return [life for life in made.lives if life.outcome is not Outcome.NOT_ACCEPTED]


def with_action(made: Plan, action: Action) -> list[Life]:
    return [life for life in made.lives if any(step.action is action for step in life.steps)]


@BOTH
def test_every_total_comes_out_of_the_steps(name: str) -> None:
    settled, made = planned(name)
    counted = recount(made, settled.scenario.period)

    assert counted == {figure: value for figure, value in settled.values.items() if value}
    for figure, printed in settled.scenario.published.figures().items():
        assert counted[figure] == printed.value, figure


@BOTH
def test_every_agency_in_print_receives_what_the_print_says(name: str) -> None:
    settled, made = planned(name)
    fresh = [life for life in received(made) if not life.carried_over]

    assert Counter(life.agency for life in fresh if life.channel is Channel.ONLINE)["H41.SYT"] == 281
    for entry in settled.scenario.agencies:
        of_agency = [life for life in fresh if life.agency == entry.agency]
        online = [life for life in of_agency if life.channel is Channel.ONLINE]
        assert entry.received_online is not None
        assert (len(of_agency), len(online)) == (entry.received.value, entry.received_online.value)


@BOTH
def test_every_appointment_is_the_legal_clocks(name: str) -> None:
    _, made = planned(name)
    for life in received(made):
        assert life.due_on == due_by_the_legal_clock(life, PROCEDURES[life.procedure], made.edit), life
        if life.outcome in RESOLVED:
            assert life.closed_on is not None
            assert timeliness(life.closed_on, life.due_on) == life.outcome.value, life


@BOTH
def test_procedures_are_those_of_the_time_with_a_duration_and_a_fitting_level(name: str) -> None:
    _, made = planned(name)
    for life in made.lives:
        procedure = PROCEDURES[life.procedure]
        filed_on = local_date(life.steps[0].at)
        assert procedure.in_force_on(filed_on)
        assert procedure.competent_on(filed_on) == life.agency
        assert procedure.duration_known
        assert procedure.cases[0].statutory is not None
        assert life.channel in procedure.channels


@BOTH
def test_what_was_overdue_when_the_period_began_ends_late(name: str) -> None:
    settled, made = planned(name)
    first = settled.scenario.period.first
    overdue = [life for life in received(made) if life.carried_over and life.due_on and life.due_on < first]

    waiting = {Outcome.AWAITING_SUPPLEMENT, Outcome.AWAITING_PAYMENT}  # asked for in time: never overdue

    assert overdue
    assert {life.outcome for life in overdue} - waiting == {Outcome.LATE}
    assert len(overdue) <= settled.values["late"] + settled.values["overdue"]


@BOTH
def test_life_is_as_real_as_asked(name: str) -> None:
    settled, made = planned(name)
    total = settled.values["total"]

    def in_period(action: Action) -> list[Life]:
        period = settled.scenario.period
        return [
            life
            for life in made.lives
            if any(
                step.action is action and period.first <= local_date(step.at) <= period.last
                for step in life.steps
            )
        ]

    answered = in_period(Action.PROVIDE_SUPPLEMENT)
    policies = Counter(PROCEDURES[life.procedure].pause_policy for life in answered)

    assert len(answered) >= 0.03 * total
    assert min(policies[policy] for policy in PausePolicy) >= 100
    assert len(in_period(Action.APOLOGISE)) >= 0.01 * total
    not_smooth = {life.number for life in made.lives if life.outcome is Outcome.NOT_ACCEPTED}
    not_smooth |= {life.number for life in in_period(Action.COMPLETE)}
    assert len(not_smooth) >= 0.02 * total
    assert len(in_period(Action.UNDO)) >= 20
    assert len(in_period(Action.DECLINE_WITHDRAWAL)) >= 5
    assert made.edit is not None


@BOTH
def test_one_decision_is_undone_across_midnight_and_inside_the_window(name: str) -> None:
    _, made = planned(name)
    across = []
    for life in with_action(made, Action.UNDO):
        place = next(i for i, step in enumerate(life.steps) if step.action is Action.UNDO)
        decided, undone = life.steps[place - 1].at, life.steps[place].at
        assert (undone - decided).total_seconds() <= 30 * 60
        if local_date(decided) != local_date(undone):
            across.append(life)

    assert len(across) == 1


@BOTH
def test_the_calendar_edit_moves_appointments_and_no_figure(name: str) -> None:
    settled, made = planned(name)
    assert made.edit is not None
    day_off = made.edit.day.date

    assert day_off > settled.scenario.period.last
    assert all(life.due_on != day_off for life in received(made) if not closed_at(life))
    without = [due_by_the_legal_clock(life, PROCEDURES[life.procedure], None) for life in made.lives[:0]]
    assert without == []
    moved = [
        life
        for life in received(made)
        if closed_at(life) is None
        and life.due_on != due_by_the_legal_clock(life, PROCEDURES[life.procedure], None)
    ]
    assert len(moved) > 100


@BOTH
def test_officers_act_in_office_hours_of_working_days_and_the_clock_ticks_seldom(name: str) -> None:
    _, made = planned(name)
    calendar = WorkingCalendar(CALENDAR)
    per_day: Counter[date] = Counter()
    at_night = 0
    for moment, of_tick in made.ticks():
        local = moment.astimezone(VIETNAM)
        per_day[local.date()] += 1
        in_office = calendar.is_working_day(local.date()) and time(7, 30) <= local.time() <= time(17, 30)
        for life, begin, end in of_tick:
            roles = {step.role for step in life.steps[begin:end]}
            assert in_office or roles == {Role.PORTAL} or local.hour in {0, 23}
        at_night += local.hour in {0, 23}

    assert at_night == 2
    assert sum(count > 2 for count in per_day.values()) <= 2


@BOTH
def test_steps_of_a_life_follow_each_other(name: str) -> None:
    _, made = planned(name)
    for life in made.lives:
        assert list(life.steps) == sorted(life.steps, key=lambda step: step.at)
        assert life.steps[0].action is Action.FILE


def test_the_same_file_gives_the_same_lives_and_another_seed_others() -> None:
    settled, made = planned("nghe-an-2023-06")

    assert plan(settled, seed_procedures(), CALENDAR).lives == made.lives
    reseeded = check(settled.scenario.model_copy(update={"seed": 1}))
    assert plan(reseeded, seed_procedures(), CALENDAR).lives != made.lives
