"""compose.yaml: everything in it is confined, bounded, checked, and connected to what exists."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.deployment import DEPLOY, compose_file

COMPOSE = compose_file()
SERVICES: Mapping[str, Mapping[str, Any]] = COMPOSE["services"]
# Its image writes its configuration into itself at every start.
WRITES_INTO_ITSELF = {"kafka"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_confined_and_bounded(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("read_only", False) == (name not in WRITES_INTO_ITSELF)
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_names_only_what_exists(name: str) -> None:
    service = SERVICES[name]
    assert set(service.get("networks", ())) <= COMPOSE["networks"].keys()
    assert service.get("depends_on", {}).keys() <= SERVICES.keys()
    for secret in service.get("secrets", ()):
        assert (secret if isinstance(secret, str) else secret["source"]) in COMPOSE["secrets"]
    for volume in service.get("volumes", ()):
        source = volume.partition(":")[0]
        assert (
            (DEPLOY / "compose" / source).exists()
            if source.startswith("./")
            else source in COMPOSE["volumes"]
        )


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert "inside" not in SERVICES["proxy"]["networks"]
    for name in ("postgres", "kafka"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_streams_are_made_by_the_migration_alone() -> None:
    assert SERVICES["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert SERVICES["migration"]["depends_on"].keys() == {"postgres", "kafka"}
    for name, service in SERVICES.items():
        if name.endswith(("-api", "-worker")):
            assert service["depends_on"] == {"migration": {"condition": "service_completed_successfully"}}


def test_every_secret_is_made_by_the_script_and_used() -> None:
    script = (DEPLOY / "compose" / "make-secrets").read_text()
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
        stem = name.partition("_")[2] if name.endswith("_url") else name
        assert stem in script
    used = {
        secret if isinstance(secret, str) else secret["source"]
        for service in SERVICES.values()
        for secret in service.get("secrets", ())
    }
    assert used == COMPOSE["secrets"].keys()
