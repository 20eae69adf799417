"""The command line: every command explains itself, and the one that stays is light."""

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

from services.console.main import _MODULES, app
from services.console.serve import ServiceName
from shared.variables import SERVICES

runner = CliRunner()


def test_help_names_every_command() -> None:
    shown = runner.invoke(app, ["--help"]).output
    assert all(name in shown for name in _MODULES)


@pytest.mark.parametrize("command", _MODULES)
def test_every_command_has_help_with_a_sentence(command: str) -> None:
    result = runner.invoke(app, [command, "--help"])
    assert result.exit_code == 0, result.output
    assert "." in result.output


def test_an_unknown_command_is_an_error() -> None:
    assert runner.invoke(app, ["dance"]).exit_code == 2


def test_serve_and_work_know_every_service() -> None:
    assert get_args(ServiceName) == SERVICES


def test_the_command_that_stays_carries_no_framework() -> None:
    program = (
        "import sys, services.console.up;"
        "print(*{'fastapi', 'pydantic', 'sqlalchemy', 'asyncpg', 'cryptography'} & sys.modules.keys())"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == ""


def test_clean_leaves_what_is_no_run_folder(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.touch()
    assert runner.invoke(app, ["clean", "--data", str(tmp_path), "--yes"]).exit_code == 1
    assert kept.exists()


def test_clean_refuses_nothing_that_is_not_there(tmp_path: object) -> None:
    assert runner.invoke(app, ["clean", "--data", f"{tmp_path}/none", "--yes"]).exit_code == 0


def test_a_token_before_any_demo_says_what_to_do(tmp_path: object) -> None:
    result = runner.invoke(app, ["token", "citizen", "--data", f"{tmp_path}/none"])
    assert result.exit_code == 2
    assert "motcua up" in result.output


def test_a_production_system_never_replays() -> None:
    result = runner.invoke(app, ["up", "--production", "--replay", "nghe-an-2023-06"])
    assert result.exit_code == 2
