"""The command line: every command explains itself, and the one that stays is light."""

import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

from services.console.demo_issuer import make_keys
from services.console.main import _MODULES, app
from services.console.run_folder import DATABASE_VARIABLES, RunFolder
from services.console.serve import ServiceName
from shared.variables import SERVICES

runner = CliRunner()


def test_help_says_of_every_command_what_it_does_in_a_whole_sentence() -> None:
    shown = runner.invoke(app, ["--help"]).output
    lines = {line.split()[0]: line for line in shown.partition("Commands:\n")[2].splitlines() if line}
    assert all(lines[name].endswith(".") and not lines[name].endswith("...") for name in _MODULES)


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


def test_a_wrong_option_is_told_in_one_line() -> None:
    told = runner.invoke(app, ["up", "--port", "0", "--data", __file__])
    assert told.exit_code == 2
    assert told.output.splitlines()[-1] == f"Error: Invalid value for '--data': dir '{__file__}' is a file."


def test_what_the_person_can_mend_is_told_in_one_line(tmp_path: Path) -> None:
    told = runner.invoke(app, ["verify", "--data", str(tmp_path / "none")])
    assert told.exit_code == 2
    assert told.stderr == f"No system is up on {tmp_path / 'none'}; start it with `motcua up`.\n"
    assert told.stdout == ""


def test_a_system_that_went_away_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in DATABASE_VARIABLES:
        monkeypatch.setenv(name, "postgresql://u:p@127.0.0.1:1/x")
    folder = RunFolder(tmp_path)
    folder.prepare()
    make_keys(folder)
    with folder.claimed(), folder.announced("http://127.0.0.1:1", log_url="postgresql://"):
        told = runner.invoke(app, ["verify", "--data", str(tmp_path)])
    assert told.exit_code == 2
    assert told.stderr.startswith(f"The system on {tmp_path} cannot be reached: ")


def test_a_file_that_the_system_refuses_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: RunFolder) -> None:
        raise PermissionError(13, "Permission denied", "/etc/secret")

    monkeypatch.setattr(RunFolder, "running_system", refused)
    told = runner.invoke(app, ["verify", "--data", str(tmp_path)])
    assert (told.exit_code, told.stderr) == (1, "/etc/secret: Permission denied\n")


def test_a_fault_of_ours_keeps_its_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RunFolder, "running_system", None)
    told = runner.invoke(app, ["verify", "--data", str(tmp_path)])
    assert isinstance(told.exception, TypeError)


def test_a_secrets_folder_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_SECRETS", "/no/such/folder")
    told = runner.invoke(app, ["verify"])
    assert (told.exit_code, told.stderr) == (
        1,
        "MOTCUA_SECRETS: /no/such/folder: No such file or directory\n",
    )


def test_clean_leaves_what_is_no_run_folder(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.touch()
    assert runner.invoke(app, ["clean", "--data", str(tmp_path), "--yes"]).exit_code == 1
    assert kept.exists()


def test_clean_removes_a_run_folder_that_nothing_runs_on(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.prepare()
    with folder.claimed():
        told = runner.invoke(app, ["clean", "--data", str(folder.path), "--yes"])
        assert told.exit_code == 1
        assert f"A system already runs on {folder.path} (process {os.getpid()})." in told.stderr
    assert folder.path.exists()
    assert runner.invoke(app, ["clean", "--data", str(folder.path), "--yes"]).exit_code == 0
    assert not folder.path.exists()


def test_clean_names_the_folder_behind_a_link_and_removes_nothing(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.prepare()
    link = tmp_path / "link"
    link.symlink_to(folder.path)
    told = runner.invoke(app, ["clean", "--data", str(link), "--yes"])
    assert (told.exit_code, told.stderr) == (
        1,
        f"{link} is a link; name the folder it leads to: {folder.path}\n",
    )
    assert folder.was_prepared()


def test_clean_refuses_nothing_that_is_not_there(tmp_path: Path) -> None:
    told = runner.invoke(app, ["clean", "--data", str(tmp_path / "none"), "--yes"])
    assert (told.exit_code, told.stdout) == (0, f"There is no {tmp_path / 'none'}; nothing was removed.\n")


def test_a_token_before_any_demo_says_what_to_do(tmp_path: object) -> None:
    result = runner.invoke(app, ["token", "citizen", "--data", f"{tmp_path}/none"])
    assert result.exit_code == 1
    assert "motcua up" in result.stderr


def test_a_production_system_never_replays() -> None:
    result = runner.invoke(app, ["up", "--production", "--replay", "nghe-an-2023-06"])
    assert result.exit_code == 2
