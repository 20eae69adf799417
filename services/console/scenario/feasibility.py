"""Can a scenario be lived with these agencies, procedures and calendar? Asked before anything is started."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from random import Random

from services.console.scenario.arithmetic import Settled
from services.console.scenario.pools import CannotPlanError, pools
from services.console.scenario.schema import Scenario
from services.console.scenario.timeline import PeriodWithoutWorkError, Timeline
from shared.legal_clock.calendar import CalendarDefinition, WorkingCalendar
from shared.schemas.reference import AgencyTree, Procedure


def check_feasible(
    settled: Settled, tree: AgencyTree, procedures: Iterable[Procedure], calendar: CalendarDefinition
) -> None:
    """Raises `CannotPlanError`, which names everything that is not there.

    It is quick. Whether dossiers can be made to meet every figure only a plan can tell.
    """
    scenario = settled.scenario
    # The first kind that is missing explains those after it.
    for missing in (_missing_years(scenario, calendar), _missing_agencies(scenario, tree)):
        if lines := list(missing):
            raise CannotPlanError("\n".join(lines))
    try:
        timeline = Timeline(scenario.period, WorkingCalendar(calendar))
    except PeriodWithoutWorkError as error:
        raise CannotPlanError(str(error)) from error
    pools(settled, procedures, timeline.days[0], Random(0))  # noqa: S311  # only asked whether there are any


def _missing_agencies(scenario: Scenario, tree: AgencyTree) -> Iterator[str]:
    first, last = scenario.period.first, scenario.period.last
    there = {agency.code: agency for agency in tree.in_force(first)}
    there = {agency.code: there[agency.code] for agency in tree.in_force(last) if agency.code in there}
    provinces = [code for code, agency in there.items() if agency.parent is None]
    if scenario.province not in provinces:
        yield f"there is no province {scenario.province}, only {', '.join(provinces)}"
        return
    for code in (*(entry.agency for entry in scenario.agencies), *scenario.other_agencies):
        if code not in there:
            similar = get_close_matches(code, there, n=1)
            meant = f"; did you mean {similar[0]}?" if similar else ""
            yield f"there is no agency {code} from {first} to {last}{meant}"


def _missing_years(scenario: Scenario, calendar: CalendarDefinition) -> Iterator[str]:
    years = [each.year for each in calendar.years]
    for year in range(scenario.period.first.year, scenario.period.last.year + 1):
        if year not in years:
            yield f"the working calendar has no year {year}, only {min(years)} to {max(years)}"
