"""Which metrics there are: ours, as the code declares them, and those of exporters that rules count on."""

from collections.abc import Sequence

import promql_parser as promql
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

from shared.observability import metrics

OURS: Sequence[MetricWrapperBase] = [
    each for each in vars(metrics).values() if isinstance(each, MetricWrapperBase)
]
FROM_EXPORTERS = frozenset(
    {
        "up",  # Prometheus itself
        "node_filesystem_avail_bytes",
        "node_textfile_mtime_seconds",
        "node_timex_offset_seconds",
        "probe_ssl_earliest_cert_expiry",  # blackbox_exporter
        "kafka_topic_partition_under_replicated_partition",  # kafka_exporter
    }
)
_ENDINGS = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_count", "_sum"]}


def declared_names() -> set[str]:
    """The names under which samples are shown: of our metrics, and of the interpreter and the process."""
    families = [family for metric in OURS for family in metric.describe()]
    families += [family for family in REGISTRY.collect() if family.name.startswith(("process_", "python_"))]
    return {family.name + ending for family in families for ending in _ENDINGS.get(family.type, [""])}


def names_in(expression: str) -> set[str]:
    """The metrics that an expression reads. Raises `ValueError` for what is no PromQL."""
    found: set[str] = set()

    def visit(node: promql.Expr) -> bool:
        if isinstance(node, promql.MatrixSelector):
            found.add(str(node.vector_selector.name))
        elif isinstance(node, promql.VectorSelector):
            found.add(str(node.name))
        return True

    promql.walk(promql.parse(expression), visit)
    return found
