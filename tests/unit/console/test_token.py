"""Tokens are given for agencies and desks that there are, in roles that people have."""

import json
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.console.demo_issuer import make_keys
from services.console.main import app
from services.console.run_folder import RunFolder
from shared.schemas.lifecycle import Role


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = RunFolder(tmp_path_factory.mktemp("demo"))
    folder.prepare()
    make_keys(folder)
    return folder.path


def asked(folder: Path, *arguments: str) -> tuple[int, str]:
    told = CliRunner().invoke(app, ["token", *arguments, "--data", str(folder)])
    return told.exit_code, told.stdout + told.stderr


def grants(token: str) -> Any:
    payload = token.split(".")[1]
    return json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["grants"]


def test_an_agency_that_is_there_is_granted(folder: Path) -> None:
    status, token = asked(folder, "case_officer", "--agency", "H41.STC")
    assert status == 0
    assert grants(token) == [{"role": "case_officer", "agency": "H41.STC"}]


def test_without_an_agency_there_is_one_all_the_same(folder: Path) -> None:
    assert grants(asked(folder, "approver")[1]) == [{"role": "approver", "agency": "H41.SYT"}]
    assert grants(asked(folder, "intake_officer")[1]) == [{"role": "intake_officer", "desk": "H41.TTPVHCC"}]


def test_an_unknown_agency_is_answered_with_those_like_it(folder: Path) -> None:
    status, told = asked(folder, "supervisor", "--agency", "H41.SYTT")
    assert status == 1
    assert told.startswith("There is no agency H41.SYTT. Similar are:\n  H41.SYT  Sở Y tế\n")


def test_an_unknown_desk_is_answered_with_all_that_there_are(folder: Path) -> None:
    status, told = asked(folder, "intake_officer", "--desk", "X")
    assert status == 1
    assert told.splitlines()[0] == "There is no desk X. There are:"
    assert "  H41.TTPVHCC  Trung tâm Phục vụ hành chính công tỉnh Nghệ An" in told.splitlines()


@pytest.mark.parametrize("role", ["nobody", "system"])
def test_a_role_that_no_person_has_is_refused(folder: Path, role: str) -> None:
    status, told = asked(folder, role)
    assert status == 2
    assert f"'{role}' is none of citizen, representative, " in told


@pytest.mark.parametrize(("option", "kind"), [("--agency", "agency"), ("--desk", "desk")])
def test_a_place_for_who_has_none_is_refused(folder: Path, option: str, kind: str) -> None:
    status, told = asked(folder, "citizen", option, "H41.SYT")
    assert status == 2
    assert f"citizen belongs to no {kind}" in told


def test_without_a_role_there_is_one_token_for_each(folder: Path) -> None:
    status, told = asked(folder)
    assert status == 0
    roles, tokens = told.split()[::2], told.split()[1::2]
    assert roles == [grants(token)[0]["role"] for token in tokens] == list(Role)[:-1]
