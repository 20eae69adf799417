"""Figures, percentages, identities and form II.06a, as pure arithmetic."""

from decimal import Decimal

import pytest

from services.stats_service.domain.counters import COUNTERS, Kind
from services.stats_service.domain.figures import FIGURES, Figures, Reading, figures_of, total_of
from services.stats_service.domain.form_06a import Remainder, form_row, warnings_for
from services.stats_service.domain.identities import IDENTITIES, breaks_between, breaks_in
from services.stats_service.domain.percentages import SHARES, percentage, percentages_of


def figures(**values: int) -> Figures:
    """All figures; those not named are zero."""
    assert set(values) <= set(FIGURES)
    return {**dict.fromkeys(FIGURES, 0), **values}


NGHE_AN = figures(
    carried_over=4180, received=17789, received_online=3993, received_counter=13796, total=21969,
    resolved=16840, early=10000, on_time=6263, late=577, closed_without_result=101, sent_back=101,
    in_progress=5028, under_processing=4707, in_time=4707, awaiting_supplement=51, awaiting_payment=270,
    postal_uses=6471, postal_submissions=3000, postal_returns=3471, digitised=17789,
)  # fmt: skip


@pytest.mark.parametrize(
    ("numerator", "denominator", "printed"),
    [
        (281, 800, "35.13"),
        (1978, 1997, "99.05"),
        (231, 237, "97.47"),
        (1018, 1254, "81.18"),
        (3993, 17789, "22.45"),
        (3993, 17519, "22.79"),
        (1, 3, "33.33"),
        (2, 3, "66.67"),
        (1, 1, "100.00"),
        (0, 7, "0.00"),
        (1, 800, "0.13"),
        (5, 100_000, "0.01"),
        (49, 1_000_000, "0.00"),
    ],
)
def test_percentages_round_half_up(numerator: int, denominator: int, printed: str) -> None:
    assert percentage(numerator, denominator) == Decimal(printed)
    assert str(percentage(numerator, denominator)) == printed


def test_the_published_month_comes_out() -> None:
    shares = percentages_of(NGHE_AN)
    assert shares["resolved_basis"].text == "96.57"
    assert shares["due_basis"].text == "96.57"
    assert shares["load_basis"].text == "97.37"
    assert shares["late_share"].text == "3.43"
    assert shares["online_share"].text == "22.45"
    assert shares["digitised_share"].text == "100.00"
    assert list(breaks_in("province", NGHE_AN)) == []


def test_open_overdue_dossiers_count_against_two_of_the_definitions() -> None:
    shares = percentages_of(figures(early=1, on_time=2, late=1, overdue=4, total=10))
    assert (shares["resolved_basis"].numerator, shares["resolved_basis"].denominator) == (3, 4)
    assert (shares["due_basis"].numerator, shares["due_basis"].denominator) == (3, 8)
    assert (shares["load_basis"].numerator, shares["load_basis"].denominator) == (5, 10)


def test_nothing_to_divide_by_is_not_applicable() -> None:
    for share in percentages_of(figures()).values():
        assert (share.value, share.text) == (None, "n/a")


def test_shares_and_identities_speak_of_figures() -> None:
    words = {word for share in SHARES for word in f"{share.numerator} {share.denominator}".split()}
    assert words - {"+", "-"} <= set(FIGURES)
    assert {name for one in IDENTITIES for name in (one.whole, *one.parts)} <= set(FIGURES)


def test_flows_are_read_during_and_levels_at_the_end() -> None:
    for counter in COUNTERS:
        (term,) = FIGURES[counter.name].terms
        assert term.reading is (Reading.DURING if counter.kind is Kind.FLOW else Reading.END)
    read = figures_of(
        {"received": 10, "under_processing": 3, "awaiting_payment": 1, "transferred_out": 2},
        {"received": 14, "under_processing": 5, "transferred_out": 3},
    )
    assert (read["carried_over"], read["received"], read["transferred_out"]) == (4, 4, 1)
    assert (read["in_progress"], read["under_processing"], read["total"]) == (5, 5, 7)


@pytest.mark.parametrize(
    "name", ["total", "resolved", "in_progress", "received_online", "in_time", "sent_back"]
)
def test_a_wrong_figure_breaks_an_identity(name: str) -> None:
    broken = {**NGHE_AN, name: NGHE_AN[name] + 1}
    found = list(breaks_in("province", broken))
    assert found
    assert all(name in one.identity for one in found)
    assert all(abs(one.left - one.right) == 1 for one in found)


def test_a_negative_figure_is_a_break() -> None:
    (found,) = breaks_in("province", figures(digitised=-1))
    assert str(found) == "province: digitised >= 0 breaks, -1 is not 0"


def test_a_parent_is_the_sum_of_its_children() -> None:
    children = [figures(received=2, total=2), figures(received=3, total=3)]
    assert list(breaks_between("parent", total_of(children), children)) == []
    (found,) = breaks_between("parent", {**total_of(children), "late": 1}, children)
    assert (found.identity, found.left, found.right) == ("late: parent = sum of children", 1, 0)


def test_form_06a_of_the_published_month() -> None:
    row = form_row("Tổng cộng", NGHE_AN)
    assert row.columns == {
        3: 21969, 4: 3993, 5: 13796, 6: 4180, 7: 16840, 8: 10000, 9: 6263, 10: 577, 11: 5028, 12: 5028,
        13: 0,
    }  # fmt: skip
    assert row.remainder == {"sent_back": 101, "withdrawn": 0, "undated": 0}
    assert row.inside_12 == {"undated_open": 0, "awaiting_supplement": 51, "awaiting_payment": 270}
    assert (row.identity, row.holds) == ("3 = 7 + 11 + N", True)


def test_form_06a_for_a_validator_that_knows_no_remainder() -> None:
    row = form_row("Tổng cộng", NGHE_AN, Remainder.AS_ON_TIME)
    assert (row.columns[7], row.columns[9]) == (16941, 6364)
    assert (row.identity, row.holds) == ("3 = 7 + 11", True)
    assert len(warnings_for(Remainder.AS_ON_TIME, [row])) == 1
    assert warnings_for(Remainder.BESIDE, [row]) == []
    assert warnings_for(Remainder.AS_ON_TIME, [form_row("x", figures())]) == []


def test_form_06a_says_when_it_does_not_add_up() -> None:
    assert not form_row("x", {**NGHE_AN, "carried_over": 4181}).holds


def test_form_06a_shows_transfers_inside_what_was_carried_over() -> None:
    row = form_row("x", figures(carried_over=5, transferred_in=2, transferred_out=3, in_progress=4, total=4))
    assert row.columns[6] == 4
    assert row.inside_6 == {"transferred_in": 2, "transferred_out": 3}
    assert row.holds
