"""The verdict says what is equal, what is a misprint, and what is wrong."""

from typing import Any

import pytest
from rich.console import Console

from services.console.replay.printing import print_verdict
from services.console.replay.verdict import Finding, Judgement, judge, sound
from services.console.scenario.arithmetic import Settled, check
from services.console.scenario.files import read_scenario

BOTH = pytest.mark.parametrize("name", ["nghe-an-2023-06", "nghe-an-2023-06-corrected"])


def reports(settled: Settled) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the statistics say when everything came out."""
    report = {**settled.values, "digitised": settled.values["received"], "problems": [], "provisional": []}
    rows = [
        {
            "agency": entry.agency,
            "received": entry.received.value,
            "received_online": entry.received_online.value if entry.received_online else 0,
        }
        for entry in settled.scenario.agencies
    ]
    return report, {"rows": rows}


def by_figure(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.figure: finding for finding in findings}


@BOTH
def test_the_month_as_it_should_come_out_is_sound(name: str) -> None:
    settled = check(read_scenario(name))

    findings = judge(settled, *reports(settled))

    assert sound(findings)
    assert {finding.figure for finding in findings} >= settled.values.keys()


def test_every_printed_figure_of_the_default_is_equal_but_the_share_that_contradicts_them() -> None:
    settled = check(read_scenario("nghe-an-2023-06"))

    findings = judge(settled, *reports(settled))

    misprints = [finding for finding in findings if finding.judgement is Judgement.MISPRINT]
    assert [(one.figure, one.printed, one.measured) for one in misprints] == [
        ("online_share", "22.8 %", "22.45 % = 3,993/17,789")
    ]
    found = by_figure(findings)
    assert found["total"].judgement is Judgement.EQUAL
    assert found["late_share"].measured == "3.43 % = 577/16,840"
    assert found["late_share"].judgement is Judgement.EQUAL
    assert found["awaiting_payment"].judgement is Judgement.AS_ASSUMED
    assert found["in_progress"].judgement is Judgement.AS_DERIVED


def test_the_corrected_month_names_the_swapped_digits_and_its_share_is_equal() -> None:
    settled = check(read_scenario("nghe-an-2023-06-corrected"))

    found = by_figure(judge(settled, *reports(settled)))

    assert (found["total"].printed, found["total"].measured) == ("21,969", "21,699")
    assert found["total"].judgement is Judgement.MISPRINT
    assert found["received"].judgement is Judgement.MISPRINT
    assert found["online_share"].judgement is Judgement.EQUAL


@BOTH
@pytest.mark.parametrize(
    "figure", ["total", "late", "early", "overdue", "postal_uses", "digitised", "awaiting_payment"]
)
def test_one_dossier_more_or_less_is_wrong(name: str, figure: str) -> None:
    settled = check(read_scenario(name))
    report, by_agency = reports(settled)

    findings = judge(settled, report | {figure: report[figure] + 1}, by_agency)

    assert not sound(findings)


def test_an_agency_that_is_off_or_not_there_is_wrong() -> None:
    settled = check(read_scenario("nghe-an-2023-06"))
    report, by_agency = reports(settled)

    findings = judge(settled, report, {"rows": by_agency["rows"][1:]})

    wrong = {finding.figure for finding in findings if finding.judgement is Judgement.WRONG}
    assert wrong == {"H41.SCT received", "H41.SCT received_online", "H41.SCT online_share"}


def test_a_broken_identity_is_wrong() -> None:
    settled = check(read_scenario("nghe-an-2023-06"))
    report, by_agency = reports(settled)
    problem = {"row": "total", "identity": "total = resolved + rest", "left": 2, "right": 1}

    assert not sound(judge(settled, report | {"problems": [problem]}, by_agency))


def test_figures_that_may_still_change_are_no_verdict() -> None:
    settled = check(read_scenario("nghe-an-2023-06"))
    report, by_agency = reports(settled)

    findings = judge(settled, report | {"provisional": ["what /intake recorded is not known"]}, by_agency)

    assert by_figure(findings)["provisional"].judgement is Judgement.WRONG


def test_the_printed_verdict_holds_both_readings_and_every_reason() -> None:
    settled = check(read_scenario("nghe-an-2023-06"))
    console = Console(width=200, record=True, file=None, quiet=False)
    with console.capture() as captured:
        print_verdict(settled, judge(settled, *reports(settled)), console)

    text = captured.get()
    assert "3,993/17,789 = 22.45 % against 22.8 % in print" in text
    assert "3,993/17,519 = 22.79 % as 22.8 % in print" in text
    assert "nothing but an assumption" in text
    assert "Every figure is as expected." in text
