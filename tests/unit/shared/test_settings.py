"""Settings: where a value comes from, and what stops a start."""

from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import ValidationError

from shared.settings import BaseServiceSettings, SealingSettings, is_local

GENERAL = {
    "MOTCUA_LOG_URL": "postgresql://log:secret-of-log@db.example/motcua_log",
    "MOTCUA_OBJECT_STORE_URL": "s3://documents",
    "MOTCUA_TOKEN_ISSUER": "https://sign-on.example",
    "MOTCUA_TOKEN_KEYS": "https://sign-on.example/jwks",
    "MOTCUA_INTAKE_DATABASE_URL": "postgresql://intake:secret-of-intake@db.example/motcua_intake",
}


class Settings(BaseServiceSettings):
    service: ClassVar[str] = "intake"

    answer_hours: int = 8
    """How long an answer may take, in working hours."""


class SealedSettings(Settings, SealingSettings):
    pass


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GENERAL.items():
        monkeypatch.setenv(name, value)


def test_general_and_own_variables_are_read() -> None:
    settings = Settings()
    assert settings.token_issuer == "https://sign-on.example"
    assert settings.database_url.get_secret_value() == GENERAL["MOTCUA_INTAKE_DATABASE_URL"]
    assert settings.answer_hours == 8


def test_the_services_own_variable_comes_before_the_general_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_LOG_LEVEL", "error")
    assert Settings().log_level == "error"
    monkeypatch.setenv("MOTCUA_INTAKE_LOG_LEVEL", "debug")
    assert Settings().log_level == "debug"


def test_a_collector_is_named_as_everywhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().otlp_endpoint is None
    for name in ("MOTCUA_OTLP_ENDPOINT", "MOTCUA_INTAKE_OTLP_ENDPOINT"):
        monkeypatch.setenv(name, "http://collector:4318")
    assert Settings.unknown_variables() == ["MOTCUA_INTAKE_OTLP_ENDPOINT", "MOTCUA_OTLP_ENDPOINT"]
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318")
    assert Settings().otlp_endpoint == "http://collector:4318"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318")
    with pytest.raises(ValidationError, match="must begin with http"):
        Settings()


@pytest.mark.parametrize("variable", ["MOTCUA_STATS_ANYTHING", "MOTCUA_SEALING_KEY", "MOTCUA_TEST_KAFKA"])
def test_what_is_meant_for_others_is_left_alone(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "x" * 32)
    assert Settings.unknown_variables() == []
    assert "sealing_key" not in Settings().model_dump()


def test_secrets_do_not_print(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_SEALING_KEY", "never-shown-" * 6)
    assert "never-shown" not in repr(SealedSettings())


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("postgresql://u:p@/db?host=%2Frun%2Fsocket", True),
        ("postgresql://u:p@127.0.0.1:5432/db", True),
        ("postgresql://u:p@localhost:5432/db", True),
        ("postgresql://u:p@localhost/db", True),
        ("postgresql://u:p@[::1]:5432/db", True),
        ("kafka://127.0.0.1:9092,localhost:9093", True),
        ("file:///var/documents", True),
        ("kafka://127.0.0.1:9092,broker.example:9092", False),
        ("postgresql://u:p@db.example/db", False),
        ("postgresql://u:p@127.0.0.1/db?host=db.example", False),
        ("postgresql://u:p@/db", False),
        ("s3://documents", False),
        ("postgresql://u:p@localhost.example/db", False),
    ],
)
def test_is_local(address: str, local: bool) -> None:
    assert is_local(address) is local


def at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_DEMO", "1")
    monkeypatch.setenv("MOTCUA_LOG_URL", "postgresql://u:p@/log?host=/run/socket")
    monkeypatch.setenv("MOTCUA_OBJECT_STORE_URL", "file:///var/documents")
    monkeypatch.setenv("MOTCUA_INTAKE_DATABASE_URL", "postgresql://u:p@/intake?host=/run/socket")


def test_a_demo_at_home_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    at_home(monkeypatch)
    monkeypatch.setenv("MOTCUA_BUSINESS_CLOCK", "/run/clock")
    assert Settings().business_clock == Path("/run/clock")


@pytest.mark.parametrize("name", ["MOTCUA_LOG_URL", "MOTCUA_OBJECT_STORE_URL", "MOTCUA_INTAKE_DATABASE_URL"])
def test_a_demo_that_reaches_another_machine_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    at_home(monkeypatch)
    monkeypatch.setenv(name, GENERAL[name])
    with pytest.raises(ValidationError, match="a demo must be on this machine"):
        Settings()


def test_a_simulated_clock_without_demo_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_BUSINESS_CLOCK", "/run/clock")
    with pytest.raises(ValidationError, match="only a demo has a simulated business clock"):
        Settings()
