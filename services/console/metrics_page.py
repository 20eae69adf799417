"""Writes docs/metrics.md from the declared metrics: `make docs`."""

from collections.abc import Iterable

from prometheus_client import REGISTRY, Metric
from prometheus_client.metrics import MetricWrapperBase

from shared.observability import metrics

_HEAD = """\
# Metrics

Generated from `shared/observability/metrics.py` by `make docs`; do not edit. [operations.md](operations.md)
says where they are shown, and what to do about them.

A label never holds an id. Counters begin at 0 with their process. A histogram is shown as `_bucket`, `_sum`
and `_count`. Beside these every process shows those of its interpreter (`python_*`) and of itself
(`process_*`), like `process_resident_memory_bytes`.
"""


def metrics_page() -> str:
    """The whole page."""
    declared = [each for each in vars(metrics).values() if isinstance(each, MetricWrapperBase)]
    of_processes = {family.name for family in REGISTRY.collect()}
    shown = [each for each in declared if _family(each).name in of_processes]
    written = [each for each in declared if each not in shown]
    return (
        f"{_HEAD}\n## Shown by processes\n\n{_table(shown)}"
        f"\n## Written by commands, with `--metrics`\n\n{_table(written)}"
    )


def _table(rows: Iterable[MetricWrapperBase]) -> str:
    return "\n".join(["| metric | kind | labels | meaning |", "|---|---|---|---|", *map(_row, rows), ""])


def _row(metric: MetricWrapperBase) -> str:
    family = _family(metric)
    name = f"{family.name}_total" if family.type == "counter" else family.name
    labels = ", ".join(f"`{label}`" for label in metric._labelnames)  # noqa: SLF001 - told nowhere else
    return f"| `{name}` | {family.type} | {labels} | {family.documentation} |"


def _family(metric: MetricWrapperBase) -> Metric:
    (family,) = metric.describe()
    return family


if __name__ == "__main__":
    print(metrics_page(), end="")
