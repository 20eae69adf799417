"""Dashboards: of one piece, of metrics that there are, and between them and the rules none is forgotten."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.alerts import OBSERVABILITY, RECORDED, RULES
from tests.support.deployment import ROOT
from tests.support.metric_names import FROM_EXPORTERS, OURS, declared_names, names_in
from tests.support.openapi import documents

FILES = sorted((OBSERVABILITY / "dashboards").glob("*.json"))
SOURCE = {"type": "prometheus", "uid": "${source}"}
WIDTH = 24


def board(file: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(file.read_text())
    return found


def expressions(file: Path) -> Sequence[str]:
    """With an interval, which only Grafana knows."""
    return [
        target["expr"].replace("$__rate_interval", "5m")
        for panel in board(file)["panels"]
        for target in panel.get("targets", ())
    ]


ALL = [each for file in FILES for each in expressions(file)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_dashboard_is_of_one_piece(file: Path) -> None:
    dashboard = board(file)
    assert dashboard["uid"] == f"motcua-{file.stem}"
    assert [each["name"] for each in dashboard["templating"]["list"]] == ["source"]
    panels = dashboard["panels"]
    assert len({each["id"] for each in panels}) == len({each["title"] for each in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        area = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert taken.isdisjoint(area), panel["title"]
        assert max(x for x, _ in area) < WIDTH
        taken |= area
        if panel["type"] != "row":
            assert panel["datasource"] == SOURCE
            assert panel["fieldConfig"]["defaults"]["unit"]
            assert all(each["datasource"] == SOURCE for each in panel["targets"])
            assert all(each["legendFormat"] for each in panel["targets"])


def test_panels_name_metrics_that_there_are() -> None:
    known = declared_names() | FROM_EXPORTERS | {each["record"] for each in RECORDED}
    assert {name for each in ALL for name in names_in(each)} - known == set()


def test_no_metric_is_looked_at_by_nobody() -> None:
    seen = {name for each in [*ALL, *(rule["expr"] for rule in RULES)] for name in names_in(each)}
    for metric in OURS:
        (family,) = metric.describe()
        endings = ("", "_total", "_bucket", "_count")
        assert {family.name + ending for ending in endings} & seen, family.name


def test_routes_that_are_named_exist() -> None:
    routes = {path for document in documents().values() for path in document["paths"]}
    for each in [*ALL, *(rule["expr"] for rule in RULES)]:
        for operator, route in re.findall(r'http_route(=~?)"([^"]+)"', each):
            fitting = {path for path in routes if re.fullmatch(route, path)} if operator == "=~" else {route}
            assert fitting, route
            assert fitting <= routes, route


def test_labels_that_legends_name_are_there() -> None:
    for file in FILES:
        for panel in board(file)["panels"]:
            for target in panel.get("targets", ()):
                by = re.search(r"by \(([^)]*)\)", target["expr"])
                named = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
                assert named <= (set(by[1].split(", ")) if by else {"instance"}), target["expr"]


def test_the_documentation_lists_them() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    section = page.partition("\n## Dashboards\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"(?m)^\| `([\w.]+)` \|", section)) == {file.name for file in FILES}
