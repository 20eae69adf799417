"""Secrets that come as files."""

import os
from pathlib import Path

import pytest

from services.console.secret_files import FOLDER_VARIABLE, take_in_secret_files


def test_files_named_like_variables_are_taken_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {FOLDER_VARIABLE: str(tmp_path), "MOTCUA_SEALING_KEY": "set"})
    (tmp_path / "MOTCUA_SEALING_KEY").write_text("filed")
    (tmp_path / "MOTCUA_STATS_DATABASE_URL").write_text("postgresql://u:p\n")
    (tmp_path / "AWS_SECRET_ACCESS_KEY").write_text(" with a space \n")
    (tmp_path / "..data").mkdir()
    (tmp_path / "tls.pem").write_text("no variable")
    take_in_secret_files()
    assert os.environ == {
        FOLDER_VARIABLE: str(tmp_path),
        "MOTCUA_SEALING_KEY": "set",
        "MOTCUA_STATS_DATABASE_URL": "postgresql://u:p",
        "AWS_SECRET_ACCESS_KEY": " with a space ",
    }


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {FOLDER_VARIABLE: str(tmp_path / "none")})
    with pytest.raises(FileNotFoundError):
        take_in_secret_files()


def test_nothing_happens_where_no_folder_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {})
    take_in_secret_files()
    assert os.environ == {}
