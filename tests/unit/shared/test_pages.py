"""A page says where to go on exactly if there is somewhere to go."""

import pytest

from shared.errors import MalformedError
from shared.web.pages import decode_cursor, encode_cursor, page_of


@pytest.mark.parametrize(
    ("there", "items", "further"), [(0, 0, None), (2, 2, None), (3, 3, None), (4, 3, "2")]
)
def test_the_last_page_leads_nowhere(there: int, items: int, further: str | None) -> None:
    # What is asked for: one more than is shown.
    found = list(range(min(there, 3 + 1)))
    page = page_of(found, 3, lambda n: n * 10, str)
    assert page.items == [0, 10, 20][:items]
    assert page.next == further


def test_a_cursor_is_read_as_it_was_given() -> None:
    assert decode_cursor(encode_cursor("H41.SCT-230515-0001", 7), str, int) == ("H41.SCT-230515-0001", 7)
    assert decode_cursor(None, str) is None


@pytest.mark.parametrize("cursor", ["nonsense", "WzFd", encode_cursor("a"), encode_cursor("a\x00", 1), "é"])
def test_a_cursor_that_is_none_of_ours(cursor: str) -> None:
    with pytest.raises(MalformedError):
        decode_cursor(cursor, str, int)
