"""Whole numbers are shared out exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console.scenario.sharing import CannotShareError, Table, share_out


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 30)), min_size=1, max_size=8), st.integers(0, 200)
)
def test_parts_sum_to_the_amount_and_keep_their_room(shares: list[tuple[int, int]], amount: int) -> None:
    weights, room = [weight for weight, _ in shares], [room for _, room in shares]
    space = sum(room for weight, room in shares if weight)

    if amount > space:
        with pytest.raises(CannotShareError) as refused:
            share_out(amount, weights, room)
        assert refused.value.left == amount - space
        return

    parts = share_out(amount, weights, room)
    assert sum(parts) == amount
    assert all(0 <= part <= limit for part, limit in zip(parts, room, strict=True))


def test_largest_remainders_come_first() -> None:
    assert share_out(10, [1, 1, 1]) == [4, 3, 3]
    assert share_out(485, [420, 280, 300]) == [204, 136, 145]


def test_a_table_moves_what_was_filled_by_preference_out_of_the_way() -> None:
    table = Table()
    table.give("flexible", 5)
    table.give("stubborn", 5)
    table.take("a", 5)
    table.take("b", 5)
    table.allow("flexible", "a", 5)
    assert table.fill() == 5

    table.allow("flexible", "b", 9)
    table.allow("stubborn", "a", 9)

    assert table.fill() == 5
    assert table.moved("stubborn", "a") == 5
    assert table.moved("flexible", "b") == 5
    assert table.moved("flexible", "a") == 0


def test_rows_of_a_group_give_no_more_than_the_group() -> None:
    table = Table()
    table.group("carried over", 3)
    table.give("one", 10, through="carried over")
    table.give("two", 10, through="carried over")
    table.take("open", 9)
    table.allow("one", "open", 10)
    table.allow("two", "open", 10)

    assert table.fill() == 3
