"""A scenario adds up, or is refused with the arithmetic."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.console.scenario.arithmetic import ScenarioRefusedError, check, readings
from services.console.scenario.figures import Percentage, percent
from services.console.scenario.files import ScenarioFileError, read_scenario
from tests.support.scenarios import scenario

ADDS_UP = {
    "total": 100,
    "carried_over": 20,
    "received": 80,
    "received_online": 30,
    "resolved": 70,
    "early_or_on_time": 65,
    "late": 5,
    "under_processing": 28,
    "closed_without_result": 2,
}


def test_what_is_not_in_print_is_derived_or_assumed_and_never_both() -> None:
    settled = check(scenario(ADDS_UP))

    assert settled.values["undated"] == 0
    assert settled.derived["undated"] == "resolved - early_or_on_time - late"
    assert settled.values["early"] + settled.values["on_time"] == 65
    assumed = {assumption.figure for assumption in settled.assumptions}
    assert {"overdue", "on_time", "awaiting_payment"} <= assumed
    assert assumed.isdisjoint(settled.derived)
    assert assumed.isdisjoint(settled.scenario.published.figures())


def test_two_of_early_on_time_and_late_are_enough() -> None:
    settled = check(scenario({"carried_over": 1, "early": 3, "on_time": 4, "late": 2, "in_progress": 6}))

    assert settled.values["resolved"] == 9
    assert settled.values["total"] == 15
    assert settled.values["received"] == 14


def test_the_print_of_the_month_is_refused_without_a_named_gap() -> None:
    month = read_scenario("nghe-an-2023-06").model_copy(update={"gap": None})

    with pytest.raises(ScenarioRefusedError) as refused:
        check(month)

    (line,) = refused.value.lines
    assert line == (
        "total = resolved + closed_without_result + in_progress: "
        "21,969 ≠ 16,840 + 101 + 4,758 = 21,699, 270 short of it"
    )


def test_the_gap_is_held_where_the_scenario_says_and_is_an_assumption() -> None:
    settled = check(read_scenario("nghe-an-2023-06"))

    assert settled.values["awaiting_payment"] == 270
    assert "awaiting_payment" in {assumption.figure for assumption in settled.assumptions}
    assert settled.values["in_progress"] == 4707 + 51 + 270


def test_the_corrected_month_adds_up_with_nothing_held_anywhere() -> None:
    settled = check(read_scenario("nghe-an-2023-06-corrected"))

    assert settled.values["awaiting_payment"] == 0
    assert settled.values["total"] == 21699
    assert settled.values["received"] == 17519


@pytest.mark.parametrize("name", ["nghe-an-2023-06", "nghe-an-2023-06-corrected"])
def test_both_readings_of_the_misprint_are_found(name: str) -> None:
    lines = {line for reading in readings(check(read_scenario(name))) for line in reading.lines}

    assert "online_share 3,993/17,789 = 22.45 % against 22.8 % in print" in lines
    assert "online_share 3,993/17,519 = 22.79 % as 22.8 % in print" in lines


REFUSED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"total": 101}, {}, "total = carried_over + received: 101 ≠ 20 + 80 = 100, 1 short of it"),
    ({"resolved": 71}, {}, "101, 1 beyond it"),
    ({"early_or_on_time": 66}, {}, "undated would be -1 (resolved - early_or_on_time - late)"),
    ({"received_online": 81}, {}, "received_counter would be"),
    ({"overdue": 29}, {}, "in_time would be -1"),
    ({}, {"gap": {"dossiers": 3, "held_in": "awaiting_payment", "why": "x"}}, "103, 3 beyond it"),
    (
        {"awaiting_payment": 0},
        {"gap": {"dossiers": 1, "held_in": "awaiting_payment", "why": "x"}},
        "that figure is in print itself",
    ),
    ({}, {"percentages": {"online_share": "37.6"}}, "30/80 = 37.50 %, not the 37.6 % in print"),
    (
        {},
        {"percentages": {"online_share": {"printed": "37.5", "misprint": "none"}}},
        "there is no misprint to explain",
    ),
    ({}, {"percentages": {"digitised": "99"}}, "which is 100 %"),
    ({}, {"agencies": [{"agency": "H41.SCT", "received": 81}]}, "the agencies received 81, more than the 80"),
    (
        {},
        {"agencies": [{"agency": "H41.SCT", "received": 60, "received_online": 5}]},
        "the other agencies would have received 25 online of 20",
    ),
    (
        {},
        {
            "agencies": [
                {"agency": "H41.SCT", "received": 8, "fields": [{"field": "Xúc tiến", "received": 9}]}
            ]
        },
        "its fields received 9, more than its 8",
    ),
]


@pytest.mark.parametrize(("changed", "more", "line"), REFUSED)
def test_what_cannot_add_up_is_refused_with_the_arithmetic(
    changed: dict[str, Any], more: dict[str, Any], line: str
) -> None:
    with pytest.raises(ScenarioRefusedError) as refused:
        check(scenario(ADDS_UP | changed, **more))

    assert line in str(refused.value)


def test_too_little_is_refused_by_name() -> None:
    with pytest.raises(ScenarioRefusedError, match="nothing fixes early"):
        check(scenario({"carried_over": 20}))


def test_a_misprint_is_named_exactly_where_figures_differ() -> None:
    with pytest.raises(ValidationError, match="misprint"):
        scenario(ADDS_UP | {"total": {"value": 100, "printed": 110}})


def test_decimals_of_the_print_count() -> None:
    assert Percentage.model_validate("3.4").agrees_with(577, 16840)
    assert not Percentage.model_validate("3.40").agrees_with(577, 16840)
    assert Percentage.model_validate("35.13").agrees_with(281, 800)
    with pytest.raises(ValidationError, match="in quotes"):
        Percentage.model_validate(3.4)


def test_percentages_round_half_up_and_know_when_there_is_nothing_to_divide() -> None:
    assert str(percent(281, 800)) == "35.13"
    assert str(percent(1, 8, 0)) == "13"
    assert percent(0, 0) is None


def test_unknown_keys_and_unknown_files_are_named() -> None:
    with pytest.raises(ValidationError, match="reveived"):
        scenario({"reveived": 3})
    with pytest.raises(ScenarioFileError, match="nghe-an-2023-06-corrected"):
        read_scenario("no-such-month")
