"""Which agencies belong together on a day."""

from datetime import date

from services.stats_service.domain.agency_tree import TreeOn
from shared.schemas.reference import Agency, AgencyTree, Desk

OLD, MERGED = date(2020, 1, 1), date(2025, 3, 1)


def node(code: str, parent: str | None, start: date = OLD, end: date | None = None) -> Agency:
    return Agency(code=code, name_vi=f"{code} {start.year}", parent=parent, valid_from=start, valid_to=end)


TREE = AgencyTree(
    version=1,
    agencies=(
        node("H41", None),
        node("H41.STC", "H41"),
        node("H41.SKHDT", "H41", end=date(2025, 2, 28)),
        node("H41.SYT", "H41"),
        node("H41.SYT.CC", "H41.SYT", end=date(2025, 2, 28)),
        node("H41.SYT.CC", "H41.STC", start=MERGED),
        node("H41.SNNMT", "H41", start=MERGED),
    ),
    desks=(Desk(code="H41.TTPVHCC", name_vi="Trung tâm", agencies=None),),
)
BEFORE, AFTER = TreeOn(TREE, date(2023, 6, 14)), TreeOn(TREE, date(2025, 6, 14))


def test_an_agency_stands_with_all_below_it() -> None:
    assert BEFORE.under("H41.SYT") == {"H41.SYT", "H41.SYT.CC"}
    assert AFTER.under("H41.SYT") == {"H41.SYT"}
    assert AFTER.under("H41.STC") == {"H41.STC", "H41.SYT.CC"}


def test_what_was_merged_away_still_counts_for_the_parent_it_had() -> None:
    assert "H41.SKHDT" in AFTER.under("H41")


def test_names_and_desks() -> None:
    assert (BEFORE.name("H41.SYT.CC"), AFTER.name("H41.SYT.CC")) == ("H41.SYT.CC 2020", "H41.SYT.CC 2025")
    assert BEFORE.name("H99") == "H99"
    assert BEFORE.desk_name("H41.TTPVHCC") == "Trung tâm"
    assert BEFORE.desk_name("H41.SYT") is None


def test_rows_are_the_children_of_what_is_asked_for() -> None:
    counted = ["H41", "H41.SYT", "H41.SYT.CC", "H41.STC", "H99"]
    assert BEFORE.rows(None, counted) == {
        "H41": "H41",
        "H41.SYT": "H41.SYT",
        "H41.SYT.CC": "H41.SYT",
        "H41.STC": "H41.STC",
        "H99": "H99",
    }
    assert BEFORE.rows("H41.SYT", ["H41.SYT", "H41.SYT.CC"]) == {
        "H41.SYT": "H41.SYT",
        "H41.SYT.CC": "H41.SYT.CC",
    }


def test_several_roots_are_rows_of_their_own() -> None:
    tree = TreeOn(AgencyTree(version=1, agencies=(node("H41", None), node("H42", None)), desks=()), OLD)
    assert tree.rows(None, ["H41", "H42"]) == {"H41": "H41", "H42": "H42"}


def test_without_a_tree_every_agency_stands_alone() -> None:
    tree = TreeOn(None, OLD)
    assert "H41" not in tree
    assert tree.rows(None, ["H41.SYT"]) == {"H41.SYT": "H41.SYT"}
