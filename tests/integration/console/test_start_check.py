"""What is found before anything is started: settings of every service, and scenarios."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from services.console import preparation
from services.console.failures import CommandError
from services.console.main import app
from services.console.run_folder import DATABASE_VARIABLES, LOG_VARIABLE, RunFolder
from services.console.scenario.files import SHIPPED
from services.console.start_check import check_scenario, check_settings
from tests.support.postgres import FreshDatabase


@pytest.fixture
def demo(tmp_path: Path) -> dict[str, str]:
    return RunFolder(tmp_path / "run").expected_environment(demo=True)


def test_what_a_start_sets_by_itself_is_right(demo: dict[str, str]) -> None:
    check_settings(demo, demo=True)


def test_every_fault_of_every_service_is_told_and_no_secret(demo: dict[str, str]) -> None:
    wrong = {
        "MOTCUA_STATS_ROLL_EVERY_SECONDS": "0",
        "MOTCUA_INTAKE_LAPSE_AFTER_DAYS": "never",
        "MOTCUA_SEALING_KEY": "secret",
        "MOTCUA_SEALINGKEY": "secret",
    }
    with pytest.raises(CommandError) as raised:
        check_settings(demo | wrong, demo=True)
    lines = str(raised.value).splitlines()
    assert {line.partition(":")[0] for line in lines} == wrong.keys()
    assert "secret" not in str(raised.value)
    assert raised.value.status == 1


def test_production_needs_an_issuer_and_is_no_demo(tmp_path: Path) -> None:
    production = RunFolder(tmp_path).expected_environment(demo=False)
    with pytest.raises(CommandError, match="MOTCUA_TOKEN_ISSUER: must be set"):
        check_settings(production, demo=False)
    whole = production | {"MOTCUA_TOKEN_ISSUER": "i", "MOTCUA_TOKEN_KEYS": "/keys", "MOTCUA_DEMO": "true"}
    with pytest.raises(CommandError, match="MOTCUA_DEMO: must be false or not set with --production"):
        check_settings(whole, demo=False)


def test_for_the_databases_their_addresses_are_enough_and_must_be_right(tmp_path: Path) -> None:
    production = RunFolder(tmp_path).expected_environment(demo=False)
    only = {name: production[name] for name in DATABASE_VARIABLES}
    check_settings(only, demo=False, databases_only=True)
    with pytest.raises(CommandError, match=r"^MOTCUA_LOG_LEVEL: must be"):
        check_settings(only | {"MOTCUA_LOG_LEVEL": "loud"}, demo=False, databases_only=True)
    name = DATABASE_VARIABLES[0]
    with pytest.raises(CommandError, match=f"^{name}: must begin with postgresql://$"):
        check_settings(only | {name: "mysql://x/y"}, demo=False, databases_only=True)
    del only[name]
    with pytest.raises(CommandError, match=f"^{name}: must be set"):
        check_settings(only, demo=False, databases_only=True)


def test_a_scenario_that_is_none_is_refused() -> None:
    with pytest.raises(CommandError, match=r"cannot read nope.*shipped are nghe-an-2023-06") as raised:
        check_scenario("nope", as_shipped=False)
    assert raised.value.status == 2


def test_a_scenario_of_elsewhere_is_refused_only_where_the_shipped_data_holds(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.yaml"
    elsewhere.write_text((SHIPPED / "nghe-an-2023-06.yaml").read_text().replace("H41", "H99"))
    check_scenario(str(elsewhere), as_shipped=False)
    with pytest.raises(CommandError, match=r"^there is no province H99, only H41$"):
        check_scenario(str(elsewhere), as_shipped=True)


@pytest.mark.parametrize("command", [["migrate", "--production"], ["seed", "--production"]])
def test_a_database_that_is_away_is_told_by_its_variable(
    command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in DATABASE_VARIABLES:
        monkeypatch.setenv(name, "postgresql://user:secret@127.0.0.1:1/name")
    told = CliRunner().invoke(app, command)
    assert told.exit_code == 1
    assert told.stderr.startswith("MOTCUA_INTAKE_DATABASE_URL: cannot be reached: ")
    assert len(told.stderr.splitlines()) == 1
    assert "secret" not in told.stderr


def test_a_database_that_is_closed_to_us_is_told_by_its_variable(fresh_database: FreshDatabase) -> None:
    closed = urlsplit(fresh_database())
    user, _, place = closed.netloc.rpartition("@")
    address = closed._replace(netloc=f"{user.partition(':')[0]}:wrong@{place}").geturl()
    with pytest.raises(CommandError) as raised:
        preparation.migrate(dict.fromkeys(DATABASE_VARIABLES, address))
    assert str(raised.value).startswith(f"{DATABASE_VARIABLES[0]}: password authentication failed")


def test_a_log_that_is_away_is_told_by_its_variable(fresh_database: FreshDatabase) -> None:
    environment = {name: fresh_database() for name in DATABASE_VARIABLES}
    with pytest.raises(CommandError, match=f"^{LOG_VARIABLE}: "):
        preparation.migrate(environment | {LOG_VARIABLE: "kafka://127.0.0.1:1"})
