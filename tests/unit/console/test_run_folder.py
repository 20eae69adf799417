"""The run folder: secrets, what processes are told, and which systems other commands find."""

import json
import os
import stat
from pathlib import Path

import pytest

from services.console.embedded_postgres import EmbeddedPostgres
from services.console.failures import CommandError
from services.console.run_folder import (
    DATABASE_VARIABLES,
    LOG_VARIABLE,
    RunFolder,
    RunningSystem,
    given_addresses,
)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path / "run")
    folder.prepare()
    return folder


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in DATABASE_VARIABLES:
        monkeypatch.setenv(name, "postgresql://u:p@127.0.0.1/x")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_closed_and_stay_the_same(folder: RunFolder) -> None:
    key = folder.path / "sealing-key"
    before = key.read_text()
    assert mode(key) == 0o600
    assert mode(folder.documents) == mode(folder.token_keys) == 0o700
    folder.prepare()
    assert key.read_text() == before


@pytest.mark.usefixtures("given")
def test_processes_are_told_everything_and_what_is_set_is_kept(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTCUA_TOKEN_ISSUER", "https://sign-on.example")
    told = folder.environment(EmbeddedPostgres(folder.postgres), demo=True)
    assert told["MOTCUA_TOKEN_ISSUER"] == "https://sign-on.example"
    assert told["MOTCUA_DEMO"] == "true"
    assert told["MOTCUA_OBJECT_STORE_URL"] == folder.documents.as_uri()
    assert len(told["MOTCUA_SEALING_KEY"]) >= 32


@pytest.mark.usefixtures("given")
def test_production_is_told_nothing_of_a_demo(folder: RunFolder) -> None:
    told = folder.environment(EmbeddedPostgres(folder.postgres), demo=False)
    assert not {"MOTCUA_DEMO", "MOTCUA_BUSINESS_CLOCK", "MOTCUA_TOKEN_ISSUER"} & told.keys()


def test_all_addresses_or_none_must_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not given_addresses()
    for name in DATABASE_VARIABLES[1:]:
        monkeypatch.setenv(name, "postgresql://u:p@127.0.0.1/x")
    with pytest.raises(CommandError, match=f"^{DATABASE_VARIABLES[0]}: must be set too"):
        given_addresses()
    monkeypatch.setenv(DATABASE_VARIABLES[0], "postgresql://u:p@127.0.0.1/x")
    assert given_addresses()


def test_the_log_may_be_given_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LOG_VARIABLE, "kafka://127.0.0.1:9092")
    assert not given_addresses()


def test_a_running_system_is_found_and_a_dead_one_is_not(folder: RunFolder) -> None:
    assert folder.running_system() is None
    with folder.claimed(), folder.announced("http://127.0.0.1:8000", log_url="kafka://127.0.0.1:9092"):
        found = folder.running_system()
        assert found is not None
        assert found == RunningSystem("http://127.0.0.1:8000", os.getpid(), "kafka://127.0.0.1:9092")
    assert folder.running_system() is None
    # Killed, it could not take its announcement back, and its number may be another process by now.
    left = {"address": "http://127.0.0.1:8000", "pid": os.getpid(), "log_url": "kafka://127.0.0.1:9092"}
    (folder.path / "running.json").write_text(json.dumps(left))
    assert folder.running_system() is None
    with pytest.raises(CommandError, match=r"No system is up .* start it with `motcua up`"):
        folder.system()


def test_one_system_at_a_time_has_the_folder(folder: RunFolder) -> None:
    with (
        folder.claimed(),
        pytest.raises(CommandError, match=rf"already runs on .*\(process {os.getpid()}\)"),
        folder.claimed(),
    ):
        pass
    with folder.claimed():
        pass


def test_a_folder_that_cannot_be_made_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match=r"cannot be the run folder: .*Not a directory. Choose another"):
        RunFolder(tmp_path / "file" / "run").prepare()


@pytest.mark.parametrize("demo", [True, False])
def test_what_processes_will_be_told_is_known_before_there_is_anything(tmp_path: Path, demo: bool) -> None:
    folder = RunFolder(tmp_path / "run")
    expected = folder.expected_environment(demo=demo)
    assert not folder.path.exists()
    with pytest.MonkeyPatch.context() as patch:
        for name in DATABASE_VARIABLES:
            patch.setenv(name, expected[name])
        folder.prepare()
        told = folder.environment(EmbeddedPostgres(folder.postgres), demo=demo)
    assert told.keys() == expected.keys()


def test_events_go_to_one_kind_of_log_for_ever(folder: RunFolder) -> None:
    folder.keep_log("postgresql://u:p@/motcua_log")
    folder.keep_log("postgresql://u:other@/motcua_log")
    with pytest.raises(CommandError, match="of kind postgresql, not kafka"):
        folder.keep_log("kafka://127.0.0.1:9092")
