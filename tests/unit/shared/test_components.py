"""Form 02 asks for what the procedure knows, once."""

import pytest

from shared.components import check_missing
from shared.errors import RuleViolationError

KNOWN = ("don", "ban-ve")


@pytest.mark.parametrize(
    ("missing", "field", "rule"),
    [
        (["con-dau"], "/missing/0", "component-unknown"),
        (["don", "con-dau", "ban-ve"], "/missing/1", "component-unknown"),
        (["don", "ban-ve", "don"], "/missing/2", "component-repeated"),
    ],
)
def test_what_may_not_be_asked_for(missing: list[str], field: str, rule: str) -> None:
    with pytest.raises(RuleViolationError) as refused:
        check_missing(missing, KNOWN)
    assert (refused.value.extra["field"], refused.value.extra["rule"]) == (field, rule)
    with pytest.raises(RuleViolationError) as refused:
        check_missing(missing, KNOWN, field="/decision/missing")
    assert refused.value.extra["field"] == f"/decision{field}"


def test_what_may_be_asked_for() -> None:
    check_missing(["don"], KNOWN)
    check_missing(["ban-ve", "don"], KNOWN)
    # A dossier of before the components were pinned.
    check_missing(["con-dau"], None)
