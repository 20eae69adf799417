"""What commands that end leave behind for the collector of metrics."""

import stat
from pathlib import Path

import pytest
from prometheus_client import Gauge
from prometheus_client.parser import text_string_to_metric_families

from shared.observability.textfile import write_textfile


def gauge() -> Gauge:
    return Gauge("chain_ok", "Whether all is well", ["service"], registry=None)


def test_the_collector_finds_what_was_told_last(tmp_path: Path) -> None:
    path = tmp_path / "audit.prom"
    told = gauge()
    told.labels("intake").set(0)
    write_textfile(path, told)
    told.labels("intake").set(1)
    write_textfile(path, told)
    (family,) = text_string_to_metric_families(path.read_text())
    assert [(each.name, each.labels, each.value) for each in family.samples] == [
        ("chain_ok", {"service": "intake"}, 1)
    ]


def test_nothing_else_lies_in_the_folder_and_everybody_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "audit.prom"
    write_textfile(path, gauge())
    assert list(tmp_path.iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_what_cannot_be_written_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "audit.prom"
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_textfile(path, gauge())
    assert path.is_dir()
