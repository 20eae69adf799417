"""Compose, Kubernetes and systemd describe the same processes, and tell each exactly what it has to know."""

import os
from collections.abc import Sequence

import pytest
from pydantic import ValidationError

from services.console import http_server, worker_process
from services.console.main import _MODULES
from services.console.service_parts import settings_classes
from shared.settings import CommonSettings
from shared.variables import SERVICES, database_variable
from tests.support.deployment import DESCRIPTIONS, MIGRATION, Described

KINDS = ("api", "worker")
DRAIN_SECONDS = CommonSettings.model_fields["drain_delay"].default.total_seconds()


@pytest.fixture(params=DESCRIPTIONS)
def described(request: pytest.FixtureRequest) -> Sequence[Described]:
    found: Sequence[Described] = DESCRIPTIONS[request.param]()
    return found


def processes(described: Sequence[Described]) -> Sequence[tuple[str, str, Described]]:
    return [(*each.process, each) for each in described if each.process]


def test_two_copies_of_each_kind_of_process(described: Sequence[Described]) -> None:
    found = {(service, kind): each.copies for service, kind, each in processes(described)}
    assert found == {(service, kind): 2 for service in SERVICES for kind in KINDS}


def test_one_migration_that_owns_every_database(described: Sequence[Described]) -> None:
    (migration,) = [each for each in described if each.process is None]
    assert tuple(migration.command) == MIGRATION
    databases = {database_variable(service) for service in SERVICES}
    assert databases | {"MOTCUA_LOG_URL"} <= migration.environment.keys()
    assert migration.secrets == databases


def test_every_command_exists(described: Sequence[Described]) -> None:
    assert {each.command[0] for each in described} <= set(_MODULES)


def test_a_process_can_start_with_what_it_is_told(
    described: Sequence[Described], monkeypatch: pytest.MonkeyPatch
) -> None:
    for service, _, process in processes(described):
        monkeypatch.setattr(os, "environ", dict(process.environment))
        # Names that mean nothing are refused here too.
        settings = settings_classes()[service]()
        assert settings.log_url.get_secret_value().startswith("kafka://")
        assert not settings.demo


def test_no_process_is_told_a_secret_it_does_not_need(
    described: Sequence[Described], monkeypatch: pytest.MonkeyPatch
) -> None:
    for service, _, process in processes(described):
        for name in (each for each in process.secrets if each.startswith("MOTCUA_")):
            less = {key: value for key, value in process.environment.items() if key != name}
            monkeypatch.setattr(os, "environ", less)
            with pytest.raises((ValidationError, ValueError)):
                settings_classes()[service]()
        assert ("MOTCUA_SEALING_KEY" in process.secrets) == (service != "stats")


def test_nothing_secret_is_told_in_the_open(described: Sequence[Described]) -> None:
    for each in described:
        for name, value in each.environment.items():
            secret = name.endswith(("_DATABASE_URL", "SEALING_KEY", "SECRET_ACCESS_KEY"))
            assert not secret or name in each.secrets, name
            assert name in each.secrets or "@" not in value, name


def test_everybody_may_take_as_long_to_end_as_it_takes(described: Sequence[Described]) -> None:
    for _, kind, process in processes(described):
        needed = {
            "api": DRAIN_SECONDS + http_server._FINISH_SECONDS,
            "worker": worker_process._FINISH_SECONDS,
        }[kind]
        assert process.grace_seconds >= needed + 5
