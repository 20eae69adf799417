"""What a scenario needs and an installation does not have is named before anything begins."""

from datetime import date
from typing import Any

import pytest

from services.console.scenario.arithmetic import check
from services.console.scenario.feasibility import check_feasible
from services.console.scenario.pools import CannotPlanError
from shared.schemas.reference import Agency, AgencyTree
from tests.support.scenarios import CALENDAR, catalogue, scenario

PUBLISHED = {"carried_over": 2, "early_or_on_time": 5, "under_processing": 1, "received_online": 1}
BEGIN, END = date(2016, 1, 1), date(2023, 5, 20)


def tree(*ended: str) -> AgencyTree:
    """One agency is new on the last day that the others may end on."""
    codes = ("H41", "H41.SCT", "H41.SYT", "H41.NEW")
    return AgencyTree(
        version=1,
        agencies=tuple(
            Agency(
                code=code,
                name_vi=code,
                parent="H41" if code != "H41" else None,
                valid_from=END if code == "H41.NEW" else BEGIN,
                valid_to=END if code in ended else None,
            )
            for code in codes
        ),
        desks=(),
    )


def refusal(*ended: str, **changes: Any) -> str:
    settled = check(scenario(PUBLISHED, **changes))
    with pytest.raises(CannotPlanError) as raised:
        check_feasible(settled, tree(*ended), catalogue("H41.SCT", "H41.SYT"), CALENDAR)
    return str(raised.value)


def test_what_is_all_there_passes() -> None:
    settled = check(scenario(PUBLISHED))
    check_feasible(settled, tree(), catalogue("H41.SCT", "H41.SYT"), CALENDAR)


def test_a_year_without_calendar_is_named_alone() -> None:
    period = {"from": "2093-05-15", "to": "2093-06-14"}
    assert refusal(period=period).startswith("the working calendar has no year 2093, only 2022 to ")


@pytest.mark.parametrize("province", ["H99", "H41.SYT"], ids=["elsewhere", "no root"])
def test_a_province_that_is_none_is_named_alone(province: str) -> None:
    assert refusal(province=province) == f"there is no province {province}, only H41"


def test_agencies_that_are_not_there_all_the_time_are_named_with_what_was_meant() -> None:
    asked = {"H41.SCTT": 1, "H41.SYT": 1, "H41.NEW": 1}
    lines = refusal("H41.SYT", other_agencies=asked).splitlines()
    assert lines[0].endswith("; did you mean H41.SCT?")
    assert lines[1].startswith("there is no agency H41.SYT from ")
    assert lines[2].startswith("there is no agency H41.NEW from ")


def test_an_agency_without_a_procedure_is_named() -> None:
    settled = check(scenario(PUBLISHED, other_agencies={"H41.SYT": 1}))
    with pytest.raises(CannotPlanError, match=r"H41\.SYT has no procedure"):
        check_feasible(settled, tree(), catalogue("H41.SCT"), CALENDAR)
