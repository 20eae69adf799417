"""The rules of deploy/observability, and which of them fire on what was scraped."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from tests.support.deployment import DEPLOY
from tests.support.promql import Scraped, Vector

OBSERVABILITY = DEPLOY / "observability"
RULES: Sequence[Mapping[str, Any]] = [
    rule
    for group in yaml.safe_load((OBSERVABILITY / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
]
ALERTS = [rule for rule in RULES if "alert" in rule]
RECORDED = [rule for rule in RULES if "record" in rule]


def firing(scraped: Scraped, now: float) -> dict[str, Vector]:
    """The alerts whose expression holds `now`, and for what; whether it has held long enough is not asked."""
    for rule in RECORDED:
        scraped.record(rule["record"], now, scraped.evaluate(rule["expr"], now))
    found: dict[str, Vector] = {}
    for rule in ALERTS:
        if fired := scraped.evaluate(rule["expr"], now):
            found.setdefault(rule["alert"], {}).update(fired)
    return found
