"""The page of metrics is the one the code has, and metrics are named as they should be."""

import re

from services.console.metrics_page import metrics_page
from tests.support.deployment import ROOT
from tests.support.metric_names import OURS, declared_names

# They name something that may not be there, and no figure has it for a label.
IDS = {"code", "dossier", "subject", "person", "user", "account", "id"}


def test_the_page_is_current_and_complete() -> None:
    page = metrics_page()
    assert (ROOT / "docs" / "metrics.md").read_text() == page, "run `make docs`"
    named = set(re.findall(r"(?m)^\| `(\w+)` \|", page))
    assert len(named) == len(OURS)
    for name in named:
        assert {name, f"{name}_count"} & declared_names()


def test_names_say_their_unit_and_labels_are_no_ids() -> None:
    for metric in OURS:
        (family,) = metric.describe()
        assert family.documentation[0].isupper() or family.documentation[0].isdigit()
        assert not family.documentation.endswith(".")
        assert family.type != "histogram" or family.name.endswith("_seconds"), family.name
        assert IDS.isdisjoint(metric._labelnames), family.name
