"""Figures of commands that end, for the textfile collector of node_exporter to show on."""

from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile


def write_textfile(path: Path, *gauges: Gauge) -> None:
    """Replace `path` by what `gauges` show, whole or not at all; whoever reads it may be another account.

    The collector takes files that end in `.prom`. Raises `OSError`; `path` is then as it was.
    """
    registry = CollectorRegistry()
    for gauge in gauges:
        registry.register(gauge)
    draft = path.with_name(f".{path.name}.new")
    write_to_textfile(str(draft), registry)
    draft.chmod(0o644)
    draft.replace(path)
