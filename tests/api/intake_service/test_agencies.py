"""The agency tree over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Response

from shared.schemas.lifecycle import Role
from tests.api.intake_service.conftest import AGENCY, DESK, Intake
from tests.support.clients import problem

Tree = dict[str, Any]


def _admin(intake: Intake) -> dict[str, str]:
    return intake.tokens.headers(Role.ADMINISTRATOR)


async def _tree(intake: Intake, **on: str) -> Tree:
    answer = await intake.client.get("/v1/agencies", params=on)
    assert answer.status_code == 200, answer.text
    tree: Tree = answer.json()
    assert answer.headers["ETag"] == f'"{tree["version"]}"'
    return tree


async def _put(intake: Intake, tree: Tree, etag: str = '"1"') -> Response:
    body = {name: value for name, value in tree.items() if name != "version"}
    headers = {**_admin(intake), "If-Match": etag}
    return await intake.client.put("/v1/agencies", json=body, headers=headers)


def _agency(tree: Tree, code: str) -> dict[str, Any]:
    return next(agency for agency in tree["agencies"] if agency["code"] == code)


def _new(code: str, **changes: Any) -> dict[str, Any]:
    return {
        "code": code, "name_vi": "Đơn vị", "parent": "H41", "valid_from": "2023-01-01", "valid_to": None,
        **changes,
    }  # fmt: skip


async def test_the_tree_of_a_day(intake: Intake) -> None:
    before = {agency["code"] for agency in (await _tree(intake, on="2023-05-15"))["agencies"]}
    after = {agency["code"] for agency in (await _tree(intake, on="2025-03-01"))["agencies"]}
    assert before - after == {
        "H41.SKHDT", "H41.SGTVT", "H41.STNMT", "H41.SNNPTNT", "H41.SLDTBXH", "H41.STTTT", "H41.BDT"
    }  # fmt: skip
    assert after - before == {"H41.SNNMT", "H41.SDTTG"}
    assert problem(await intake.client.get("/v1/agencies", params={"on": "tomorrow"}))["status"] == 400


async def test_an_agency_is_added_below_another_and_a_desk_loses_its_rights(intake: Intake) -> None:
    tree = await _tree(intake)
    tree["agencies"].append(_new("H41.SCT.01", parent="H41.SCT"))
    for desk in tree["desks"]:
        if desk["code"] == DESK:
            desk["agencies"] = ["H41.SYT"]
    answer = await _put(intake, tree)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {**tree, "version": 2}
    assert await _tree(intake) == answer.json()
    refused = await intake.file(await intake.filing())
    assert refused.status_code in {403, 422}, refused.text


async def test_what_changes_nothing_publishes_nothing(intake: Intake) -> None:
    answer = await _put(intake, await _tree(intake))
    assert (answer.status_code, answer.json()["version"]) == (200, 1)


def _renamed_parent(tree: Tree) -> None:
    """A parent of two spans, whose child lives through both."""
    old = _agency(tree, AGENCY)
    tree["agencies"].remove(old)
    tree["agencies"] += [
        {**old, "valid_to": "2023-06-30"},
        {**old, "name_vi": "Sở Công Thương mới", "valid_from": "2023-07-01"},
        _new("H41.SCT.01", parent=AGENCY),
    ]


async def test_an_agency_may_change_its_name_over_its_children(intake: Intake) -> None:
    tree = await _tree(intake)
    _renamed_parent(tree)
    assert (await _put(intake, tree)).status_code == 200


def _vanish(tree: Tree) -> None:
    tree["agencies"].remove(_agency(tree, AGENCY))


def _two_roots(tree: Tree) -> None:
    tree["agencies"].append(_new("H42", parent=None))


def _circle(tree: Tree) -> None:
    tree["agencies"] += [_new("H41.A", parent="H41.B"), _new("H41.B", parent="H41.A")]


def _unknown_parent(tree: Tree) -> None:
    tree["agencies"].append(_new("H41.A", parent="H41.NO"))


def _parent_ends_first(tree: Tree) -> None:
    tree["agencies"].append(_new("H41.A", parent="H41.SKHDT"))


def _overlap(tree: Tree) -> None:
    tree["agencies"].append(_new(AGENCY))


def _ends_before(tree: Tree) -> None:
    tree["agencies"].append(_new("H41.A", valid_to="2022-12-31"))


def _desk_twice(tree: Tree) -> None:
    tree["desks"].append(tree["desks"][0])


def _desk_of_nowhere(tree: Tree) -> None:
    tree["desks"].append({"code": "H41.D", "name_vi": "Quầy", "agencies": ["H41.NO"]})


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (_vanish, "agency-vanished"),
        (_two_roots, "one-root"),
        (_circle, "circle"),
        (_unknown_parent, "unknown-parent"),
        (_parent_ends_first, "unknown-parent"),
        (_overlap, "spans-overlap"),
        (_ends_before, "ends-before-it-begins"),
        (_desk_twice, "code-twice"),
        (_desk_of_nowhere, "unknown-agency"),
    ],
)
async def test_trees_that_make_no_sense_are_refused(
    intake: Intake, spoil: Callable[[Tree], None], rule: str
) -> None:
    tree = await _tree(intake)
    spoil(tree)
    found = problem(await _put(intake, tree))
    assert (found["status"], found["rule"]) == (422, rule)
    assert (await _tree(intake))["version"] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"code": "h41 x"},
        {"name_vi": "\x00"},
        {"name_vi": ""},
        {"valid_from": "0000-00-00"},
        {"parent": "H41", "typo": 1},
        {"valid_to": {"deep": [[[]]]}},
    ],
)
async def test_agencies_of_the_wrong_form_are_malformed(intake: Intake, change: dict[str, Any]) -> None:
    tree = await _tree(intake)
    tree["agencies"].append({**_new("H41.A"), **change})
    found = problem(await _put(intake, tree))
    assert found["status"] == 400
    assert all(error["pointer"].startswith("/agencies/24/") for error in found["errors"])


async def test_only_an_administrator_edits_and_names_the_version(intake: Intake) -> None:
    tree = await _tree(intake)
    assert problem(await _put(intake, tree, '"7"'))["status"] == 412
    body = {"agencies": tree["agencies"], "desks": tree["desks"]}
    assert problem(await intake.client.put("/v1/agencies", json=body))["status"] == 401
    officer = {**intake.officer, "If-Match": '"1"'}
    assert problem(await intake.client.put("/v1/agencies", json=body, headers=officer))["status"] == 403
    answer = await intake.client.put("/v1/agencies", json=body, headers=_admin(intake))
    assert problem(answer)["status"] == 428
