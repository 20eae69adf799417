"""`motcua up --replay` stays up whatever the figures are, and tells the verdict to whoever started it."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.console import up
from services.console.embedded import StopRequested
from services.console.failures import CommandError
from services.console.main import app
from services.console.run_folder import RunFolder


class Started:
    """A system whose replay ends with `status`, and that is stopped when it is watched."""

    address = "http://127.0.0.1:8000"
    metrics: Sequence[str] = ()

    def __init__(self, folder: RunFolder, status: int | None) -> None:
        self.folder = folder
        self.status = status

    def run(self, *_: str) -> int:
        if self.status is None:
            raise StopRequested
        return self.status

    def watch(self) -> None:
        raise StopRequested


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    asked: list[tuple[str, bool]] = []
    monkeypatch.setattr(
        up, "check_scenario", lambda scenario, *, as_shipped: asked.append((scenario, as_shipped))
    )
    return asked


def ended(folder: Path, monkeypatch: pytest.MonkeyPatch, status: int | None, *arguments: str) -> Result:
    @contextlib.contextmanager
    def start(folder: RunFolder, **_: Any) -> Iterator[Started]:
        yield Started(folder, status)

    monkeypatch.setattr(up, "start_of", lambda _: start)
    return CliRunner().invoke(app, ["up", "--data", str(folder), *arguments])


@pytest.mark.usefixtures("checked")
@pytest.mark.parametrize(
    ("status", "warning"),
    [(1, "FIGURES ARE NOT AS EXPECTED"), (2, "THE MONTH WAS NOT LIVED THROUGH")],
)
def test_a_failing_replay_is_told_while_it_is_up_and_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, warning: str
) -> None:
    told = ended(tmp_path, monkeypatch, status, "--replay", "x")
    assert told.exit_code == status
    assert told.stderr.count(warning) == 2
    assert "Một Cửa is up." in told.stdout


@pytest.mark.usefixtures("checked")
def test_a_month_as_expected_ends_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = ended(tmp_path, monkeypatch, 0, "--replay", "x")
    assert (told.exit_code, told.stderr) == (0, "")


@pytest.mark.usefixtures("checked")
def test_a_replay_that_is_stopped_has_shown_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ended(tmp_path, monkeypatch, None, "--replay", "x").exit_code == 130


def test_without_a_replay_being_stopped_is_all_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ended(tmp_path, monkeypatch, 1).exit_code == 0


def test_what_ships_decides_only_where_there_is_no_data_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checked: list[tuple[str, bool]]
) -> None:
    ended(tmp_path, monkeypatch, 0, "--replay", "x")
    RunFolder(tmp_path).prepare()
    ended(tmp_path, monkeypatch, 0, "--replay", "x")
    assert checked == [("x", True), ("x", False)]


def test_a_scenario_that_is_refused_starts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise CommandError("none", status=2)

    monkeypatch.setattr(up, "check_scenario", refuse)
    told = ended(tmp_path / "run", monkeypatch, 0, "--replay", "x")
    assert (told.exit_code, told.stdout, told.stderr) == (2, "", "none\n")
