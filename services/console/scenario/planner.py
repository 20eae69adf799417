"""From a scenario to the lives of dossiers that make every figure come true."""

from collections.abc import Iterable
from random import Random

from services.console.scenario.arithmetic import Settled
from services.console.scenario.choices import Choices
from services.console.scenario.drafts import Draft, draft_all, share_of
from services.console.scenario.incidents import add_incidents
from services.console.scenario.lives import Outcome, Plan
from services.console.scenario.pools import CannotPlanError, Pool, pools
from services.console.scenario.recount import recount
from services.console.scenario.steps import Scribe
from services.console.scenario.timeline import DueDates, PeriodWithoutWorkError, Timeline
from services.console.scenario.windows import Window, Windows
from shared.legal_clock.calendar import CalendarDefinition, CalendarYearMissingError, WorkingCalendar
from shared.schemas.lifecycle import Channel
from shared.schemas.reference import Procedure


def plan(settled: Settled, catalogue: Iterable[Procedure], calendar: CalendarDefinition) -> Plan:
    """The same scenario, catalogue and calendar give the same plan. Raises `CannotPlanError`."""
    scenario = settled.scenario
    random = Random(f"{scenario.name}/{scenario.seed}")  # noqa: S311  # lives of dossiers, no secrets
    try:
        timeline = Timeline(scenario.period, WorkingCalendar(calendar))
        due_dates = DueDates(timeline, calendar, edited=scenario.liveliness.calendar_edit)
        of_agencies = pools(settled, catalogue, timeline.days[0], random)
        choices = Choices(of_agencies, Windows(timeline, due_dates, random))
        drafts = draft_all(settled, choices, timeline, random)
    except (PeriodWithoutWorkError, CalendarYearMissingError) as error:
        raise CannotPlanError(str(error)) from error
    add_incidents(settled, drafts, timeline, due_dates, random)
    drafts.sort(key=lambda draft: draft.window.accepted)
    scribe = Scribe(timeline, due_dates, random)
    refused = _refused(settled, of_agencies, timeline, random)
    lives = [scribe.life(number, draft) for number, draft in enumerate(drafts, start=1)]
    lives += [scribe.refused(number, draft) for number, draft in enumerate(refused, start=len(lives) + 1)]
    made = Plan(scenario.name, scenario.seed, tuple(lives), due_dates.edit)
    _check(made, settled)
    return made


def _refused(settled: Settled, of_agencies: list[Pool], timeline: Timeline, random: Random) -> list[Draft]:
    """Dossiers that intake does not accept, most of them at the counter."""
    count = share_of(settled.scenario.liveliness.refused_percent, settled.values["total"])
    drafts: list[Draft] = []
    for pool in random.choices(of_agencies, [pool.size + 1 for pool in of_agencies], k=count):
        procedure = random.choices(pool.procedures, pool.weights)[0]
        offered = [c for c in (Channel.COUNTER, Channel.ONLINE) if c in procedure.channels]
        if not offered:
            continue
        slot = random.randint(timeline.start, timeline.end)
        drafts.append(
            Draft(
                agency=pool.agency,
                procedure=procedure,
                channel=random.choices(offered, (70, 30)[: len(offered)])[0],
                carried_over=False,
                outcome=Outcome.NOT_ACCEPTED,
                window=Window(slot, 0, 0, -1, -1),
                last=-1,
                pause=None,
            )
        )
    return drafts


def _check(made: Plan, settled: Settled) -> None:
    """A plan that misses a figure is never handed out."""
    counted = recount(made, settled.scenario.period)
    wrong = {name: (counted[name], value) for name, value in settled.values.items() if counted[name] != value}
    if wrong:
        raise AssertionError(f"the plan misses figures (planned, wanted): {wrong}")
