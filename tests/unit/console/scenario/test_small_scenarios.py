"""Any scenario that adds up is planned exactly; what no life leads to is refused."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.console.scenario.arithmetic import ScenarioRefusedError, check
from services.console.scenario.lives import RESOLVED, Outcome
from services.console.scenario.planner import plan
from services.console.scenario.pools import CannotPlanError
from services.console.scenario.recount import recount
from shared.legal_clock.duration import Duration
from shared.legal_clock.promise import timeliness
from tests.support.scenarios import (
    CALENDAR,
    catalogue,
    due_by_the_legal_clock,
    procedure,
    scenario,
)

AGENCIES = ("H41.SCT", "H41.SYT", "H41.STP")
CATALOGUE = catalogue(*AGENCIES)
BY_CODE = {each.code: each for each in CATALOGUE}
OUTCOMES = [outcome for outcome in Outcome if outcome is not Outcome.NOT_ACCEPTED]
FEW = st.integers(0, 9)


@st.composite
def figures(draw: st.DrawFn) -> dict[str, int]:
    """All figures of a small report that adds up."""
    values: dict[str, int] = {outcome.value: draw(FEW) for outcome in OUTCOMES}
    values["early_or_on_time"] = values["early"] + values["on_time"]
    values["resolved"] = values["early_or_on_time"] + values["late"] + values["undated"]
    values["closed_without_result"] = values["sent_back"] + values["withdrawn"]
    values["under_processing"] = values["in_time"] + values["overdue"] + values["undated_open"]
    values["in_progress"] = (
        values["under_processing"] + values["awaiting_supplement"] + values["awaiting_payment"]
    )
    values["total"] = values["resolved"] + values["closed_without_result"] + values["in_progress"]
    values["carried_over"] = draw(st.integers(0, values["total"]))
    values["received"] = values["total"] - values["carried_over"]
    values["received_online"] = draw(st.integers(0, values["received"]))
    values["received_postal"] = draw(st.integers(0, values["received"] - values["received_online"]))
    values["received_counter"] = values["received"] - values["received_online"] - values["received_postal"]
    values["postal_submissions"] = values["received_postal"]
    values["postal_returns"] = draw(st.integers(0, values["resolved"] - values["undated"]))
    values["postal_uses"] = values["postal_submissions"] + values["postal_returns"]
    return values


@st.composite
def scenarios(draw: st.DrawFn) -> tuple[dict[str, int], dict[str, Any]]:
    values = draw(figures())
    first = date(2023, 1, 2) + timedelta(days=draw(st.integers(0, 700)))
    of_agency = draw(st.integers(0, values["received"]))
    rest_online = max(values["received_online"] - (values["received"] - of_agency), 0)
    online = draw(st.integers(rest_online, min(of_agency, values["received_online"])))
    more = {
        "period": {"from": first, "to": first + timedelta(days=draw(st.integers(13, 40)))},
        "seed": draw(st.integers(0, 9)),
        "agencies": [{"agency": "H41.SCT", "received": of_agency, "received_online": online}],
    }
    return values, more


@settings(deadline=None, max_examples=30)
@given(scenarios())
def test_what_adds_up_is_planned_exactly(drawn: tuple[dict[str, int], dict[str, Any]]) -> None:
    values, more = drawn
    settled = check(scenario(values, **more))

    made = plan(settled, CATALOGUE, CALENDAR)

    assert recount(made, settled.scenario.period) == {name: value for name, value in values.items() if value}
    for life in made.lives:
        if life.outcome is not Outcome.NOT_ACCEPTED:
            assert life.due_on == due_by_the_legal_clock(life, BY_CODE[life.procedure], made.edit)
            if life.outcome in RESOLVED:
                assert life.closed_on is not None
                assert timeliness(life.closed_on, life.due_on) == life.outcome.value


@settings(deadline=None, max_examples=60)
@given(figures(), st.data())
def test_what_does_not_add_up_is_refused(values: dict[str, int], data: st.DataObject) -> None:
    wrong = data.draw(st.sampled_from(sorted(values)))
    by = data.draw(st.integers(1, 5))

    with pytest.raises(ScenarioRefusedError) as refused:
        check(scenario(values | {wrong: values[wrong] + by}))

    assert wrong in str(refused.value)


PUBLISHED = {
    "carried_over": 4, "early_or_on_time": 20, "late": 3, "under_processing": 9, "received_online": 6,
}  # fmt: skip


def test_procedures_and_fields_receive_what_the_print_says() -> None:
    first, second = (each.code for each in CATALOGUE[1:3])
    settled = check(
        scenario(
            PUBLISHED,
            agencies=[
                {
                    "agency": "H41.SCT",
                    "received": 20,
                    "received_online": 5,
                    "procedures": [{"procedure": first, "received": 7, "received_online": 2}],
                    "fields": [{"field": BY_CODE[second].field, "received": 4}],
                }
            ],
        )
    )

    fresh = [life for life in plan(settled, CATALOGUE, CALENDAR).lives if life.outcome != "not_accepted"]
    fresh = [life for life in fresh if life.agency == "H41.SCT" and not life.carried_over]

    assert sum(life.procedure == first for life in fresh) == 7
    assert sum(life.procedure == first and life.channel == "online" for life in fresh) == 2
    assert sum(BY_CODE[life.procedure].field == BY_CODE[second].field for life in fresh) == 4
    assert sum(life.channel == "online" for life in fresh) == 5


def test_an_outcome_that_no_duration_allows_is_refused_by_name() -> None:
    long_only = [procedure("1.000001", "H41.SCT", Duration.working_days(60))]

    with pytest.raises(CannotPlanError, match="3 late"):
        plan(check(scenario(PUBLISHED | {"carried_over": 0, "early_or_on_time": 0})), long_only, CALENDAR)


def test_an_agency_without_procedures_is_refused_by_name() -> None:
    settled = check(scenario(PUBLISHED, agencies=[{"agency": "H41.KKT", "received": 2}]))

    with pytest.raises(CannotPlanError, match=r"H41\.KKT has no procedure"):
        plan(settled, CATALOGUE, CALENDAR)


def test_a_period_without_working_days_is_refused() -> None:
    settled = check(scenario(PUBLISHED, period={"from": "2023-05-20", "to": "2023-05-21"}))

    with pytest.raises(CannotPlanError, match="no working day"):
        plan(settled, CATALOGUE, CALENDAR)


def test_years_without_calendar_data_are_refused() -> None:
    settled = check(scenario(PUBLISHED, period={"from": "2035-05-14", "to": "2035-05-28"}))

    with pytest.raises(CannotPlanError, match="no data for 2035"):
        plan(settled, CATALOGUE, CALENDAR)
