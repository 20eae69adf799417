"""Small scenarios, a catalogue that can meet all of them, and the lives of a plan read back."""

from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import Any

from services.console.scenario.lives import Life
from services.console.scenario.schema import Scenario
from services.console.scenario.timeline import CalendarEdit
from shared.legal_clock.appointment import CalendarChange, Pause, PauseKind, appointment
from shared.legal_clock.calendar import WorkingCalendar
from shared.legal_clock.duration import Duration
from shared.legal_clock.seed import seed_calendar
from shared.schemas.lifecycle import Action, Channel, OnlineLevel, PausePolicy
from shared.schemas.reference import CompetentAgency, Component, Procedure, ProcedureCase

CALENDAR = seed_calendar()
_SINCE = date(2019, 1, 1)
_ENDS = {Action.RESOLVE, Action.SEND_BACK, Action.APPROVE_WITHDRAWAL}
_PAUSES = {
    Action.REQUEST_SUPPLEMENT: (PauseKind.SUPPLEMENT, Action.PROVIDE_SUPPLEMENT),
    Action.REQUEST_PAYMENT: (PauseKind.PAYMENT, Action.CONFIRM_PAYMENT),
}


def procedure(
    code: str, agency: str, duration: Duration | None, policy: PausePolicy = PausePolicy.RESUME
) -> Procedure:
    """A procedure that has been in force for long and is offered through every channel."""
    return Procedure(
        code=code,
        version=1,
        name_vi=f"Thủ tục {code}",
        name_en=None,
        field=f"Lĩnh vực {code[-1]}",
        online_level=OnlineLevel.FULL,
        channels=frozenset(Channel),
        competent=(CompetentAgency(agency=agency, valid_from=_SINCE, valid_to=None),),
        valid_from=_SINCE,
        valid_to=None,
        duration_known=True,
        cases=(ProcedureCase(code="default", name_vi="Chung", statutory=duration, committed=None),),
        components=(Component(code="application", name_vi="Đơn"),),
        pause_policy=policy,
        has_result=duration is not None,
    )


def catalogue(*agencies: str) -> list[Procedure]:
    """For each agency procedures from one to eighty working days, one by the month and one undated."""
    durations = [Duration.working_days(n) for n in (1, 2, 3, 5, 10, 30, 80)]
    return [
        procedure(
            f"{1 + number}.{100_000 + 10 * number + place:06d}",
            agency,
            duration,
            PausePolicy.RESTART if place % 2 else PausePolicy.RESUME,
        )
        for number, agency in enumerate(agencies)
        for place, duration in enumerate([*durations, Duration.calendar_days(20), Duration.months(1), None])
    ]


def scenario(published: dict[str, Any], **more: Any) -> Scenario:
    """A small scenario of two weeks in May 2023."""
    settings = {
        "name": "small",
        "title": "A small month",
        "source": "nowhere",
        "province": "H41",
        "period": {"from": "2023-05-15", "to": "2023-05-28"},
        "published": published,
    }
    return Scenario.model_validate(settings | more)


def closed_at(life: Life) -> datetime | None:
    """When the act that ended the life happened, undone ones left out; none while it is open."""
    ends = []
    for step in life.steps:
        if step.action in _ENDS:
            ends.append(step.at)
        elif step.action is Action.UNDO and ends:
            ends.pop()
    return ends[-1] if ends else None


BEFORE = WorkingCalendar(CALENDAR)


@cache
def _after(edit: CalendarEdit) -> WorkingCalendar:
    return WorkingCalendar(CALENDAR.with_days(edit.day))


def due_by_the_legal_clock(life: Life, of: Procedure, edit: CalendarEdit | None) -> date | None:
    """The appointment of record computed from the steps of a life and an edit of `CALENDAR` alone."""
    accepted_at = next(
        step.at
        for step in life.steps
        if step.action is Action.ACCEPT or (step.action is Action.FILE and step.note == "accepted")
    )
    before, changes = BEFORE, []
    if edit is not None:
        closed = closed_at(life)
        if accepted_at >= edit.at:
            before = _after(edit)
        elif closed is None or closed >= edit.at:
            changes.append(CalendarChange(edit.at, _after(edit)))
    stands = appointment(
        of.cases[0].statutory, accepted_at, before, list(_answered_pauses(life, of)), changes=changes
    )
    return stands.due_on if stands else None


def _answered_pauses(life: Life, of: Procedure) -> Iterator[Pause]:
    for step in life.steps:
        if step.action in _PAUSES:
            kind, ending = _PAUSES[step.action]
            ended = next((s.at for s in life.steps if s.action is ending), None)
            policy = of.pause_policy if kind is PauseKind.SUPPLEMENT else PausePolicy.RESUME
            yield Pause(kind, step.at, ended, policy)
