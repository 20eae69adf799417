"""What stops a start: every variable that is missing, wrong or unknown is named, and no value is shown."""

from typing import ClassVar

import pytest

from shared.settings import BaseServiceSettings
from shared.settings_reader import SettingsError, read_settings

RIGHT = {
    "MOTCUA_LOG_URL": "postgresql://log:secret-of-log@db.example/motcua_log",
    "MOTCUA_OBJECT_STORE_URL": "s3://documents",
    "MOTCUA_TOKEN_ISSUER": "https://sign-on.example",
    "MOTCUA_TOKEN_KEYS": "https://sign-on.example/jwks",
    "MOTCUA_INTAKE_DATABASE_URL": "postgresql://intake:secret-of-intake@db.example/motcua_intake",
    "MOTCUA_STATS_DATABASE_URL": "postgresql://stats:secret-of-stats@db.example/motcua_stats",
}


class Intake(BaseServiceSettings):
    service: ClassVar[str] = "intake"

    answer_hours: int = 8
    """How long an answer may take, in working hours."""


class Stats(BaseServiceSettings):
    service: ClassVar[str] = "stats"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in RIGHT.items():
        monkeypatch.setenv(name, value)


def faults() -> dict[str, str]:
    with pytest.raises(SettingsError) as raised:
        read_settings({"intake": Intake, "stats": Stats})
    assert "secret" not in str(raised.value)
    assert str(raised.value).splitlines() == [str(fault) for fault in raised.value.faults]
    return {fault.variable: fault.why for fault in raised.value.faults}


def test_what_is_right_is_read_for_every_class() -> None:
    read = read_settings({"intake": Intake, "stats": Stats})
    assert [settings.token_issuer for settings in read.values()] == ["https://sign-on.example"] * 2
    assert read["stats"].database_url.get_secret_value() == RIGHT["MOTCUA_STATS_DATABASE_URL"]


def test_everything_that_is_missing_is_named_with_its_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in RIGHT:
        monkeypatch.delenv(name)
    found = faults()
    assert found.keys() == RIGHT.keys()
    assert not any("](" in why for why in found.values())
    assert found["MOTCUA_TOKEN_ISSUER"] == ("must be set. The `iss` of the access tokens that are believed.")


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("MOTCUA_LOG_LEVEL", "loud", "must be 'debug', 'info', 'warning' or 'error'"),
        ("MOTCUA_INTAKE_LOG_LEVEL", "loud", "must be 'debug', 'info', 'warning' or 'error'"),
        ("MOTCUA_DEMO", "maybe", "must be true or false"),
        ("MOTCUA_INTAKE_DATABASE_CONNECTIONS", "0", "must be greater than or equal to 1"),
        (
            "MOTCUA_INTAKE_ANSWER_HOURS",
            "eight",
            "must be a valid integer, unable to parse string as an integer",
        ),
        ("MOTCUA_TOKEN_ISSUER", "", "must have at least 1 character"),
        (
            "MOTCUA_TOKEN_KEYS",
            "http://sign-on.example/jwks",
            "must be an https:// address or the path of a file",
        ),
        (
            "MOTCUA_LOG_URL",
            "mysql://log:secret@db/log",
            "must begin with postgresql://, kafka:// or kafkas://",
        ),
        ("MOTCUA_LOG_URL", "kafka://h:9092?replicaton=3", "the address of a log knows no replicaton"),
        (
            "MOTCUA_INTAKE_DATABASE_URL",
            "postgresql://u:secret@db",
            "must name a database: postgresql://user:password@host:5432/name",
        ),
        (
            "MOTCUA_OBJECT_STORE_URL",
            "file://documents",
            "must name a folder from the root on: file:///absolute/folder",
        ),
        (
            "MOTCUA_BUSINESS_CLOCK",
            "/run/clock",
            "only a demo has a simulated business clock, and MOTCUA_DEMO is not true",
        ),
    ],
)
def test_what_is_wrong_is_named_with_the_rule(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, why: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert faults() == {variable: why}


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("MOTCUA_LOGLEVEL", "; did you mean MOTCUA_LOG_LEVEL?"),
        ("MOTCUA_INTAKE_ANSWER_HOUR", "; did you mean MOTCUA_INTAKE_ANSWER_HOURS?"),
        ("MOTCUA_DATABASE_URL", "; did you mean MOTCUA_STATS_DATABASE_URL?"),
        ("MOTCUA_ANSWER_HOURS", "; did you mean MOTCUA_INTAKE_ANSWER_HOURS?"),
        ("MOTCUA_XYZ", ""),
    ],
    ids=["misspelt", "own misspelt", "a database for all", "own in the general form", "nothing like it"],
)
def test_an_unknown_variable_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, variable: str, meant: str
) -> None:
    monkeypatch.setenv(variable, "1")
    assert faults() == {variable: f"there is no such setting{meant}"}


def test_a_misspelt_variable_is_named_beside_the_one_that_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("MOTCUA_TOKEN_ISSUER")
    monkeypatch.setenv("MOTCUA_TOKEN_ISUER", "https://sign-on.example")
    assert faults().keys() == {"MOTCUA_TOKEN_ISSUER", "MOTCUA_TOKEN_ISUER"}


def test_a_demo_names_every_address_that_leads_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_DEMO", "true")
    monkeypatch.setenv("MOTCUA_LOG_URL", "postgresql://u:p@127.0.0.1/log")
    found = faults()
    assert found.keys() == RIGHT.keys() - {"MOTCUA_LOG_URL", "MOTCUA_TOKEN_ISSUER", "MOTCUA_TOKEN_KEYS"}
    assert set(found.values()) == {"a demo must be on this machine: a loopback address or a socket"}
