"""The three descriptions of the distributed form in `deploy/`, read into one shape."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = DEPLOY / "systemd" / "units"
MIGRATION = ("migrate", "--production")
_KINDS = {"serve": "api", "work": "worker"}
# What stands for a value that only an installation knows.
_EXAMPLES = {
    "DATABASE_URL": "postgresql://motcua:password@postgres:5432/motcua",
    "SEALING_KEY": "x" * 40,
}


@dataclass(frozen=True)
class Described:
    """A kind of process as one of the descriptions has it."""

    command: Sequence[str]
    """The words after `motcua`."""
    copies: int
    environment: Mapping[str, str]
    """All that it is told, secrets with example values."""
    secrets: frozenset[str]
    """The variables that come as files."""
    grace_seconds: int
    """How long it may take to end."""

    @property
    def process(self) -> tuple[str, str] | None:
        """Service and kind; none for the migration."""
        return (self.command[1], _KINDS[self.command[0]]) if self.command[0] in _KINDS else None


def compose_file() -> Mapping[str, Any]:
    """compose.yaml, with its merges made."""
    document: Mapping[str, Any] = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text())
    return document


@cache
def manifests() -> Sequence[Mapping[str, Any]]:
    """Every object of deploy/kubernetes, without the example secrets."""
    return [
        document
        for folder in ("foundation", "processes")
        for name in kustomization(folder)["resources"]
        for document in yaml.safe_load_all((DEPLOY / "kubernetes" / folder / name).read_text())
    ]


def kustomization(folder: str) -> Mapping[str, Any]:
    """A kustomization.yaml."""
    text = (DEPLOY / "kubernetes" / folder / "kustomization.yaml").read_text()
    document: Mapping[str, Any] = yaml.safe_load(text)
    return document


def of_kind(kind: str) -> Mapping[str, Mapping[str, Any]]:
    """The objects of a kind by their names."""
    return {each["metadata"]["name"]: each for each in manifests() if each["kind"] == kind}


def example_secrets() -> Mapping[str, Mapping[str, str]]:
    """The keys and values of the example secrets by the secret's name."""
    documents = yaml.safe_load_all((DEPLOY / "kubernetes" / "secrets.example.yaml").read_text())
    return {each["metadata"]["name"]: each["stringData"] for each in documents}


def in_compose() -> Sequence[Described]:
    """Our own containers."""
    return [
        _described(
            service["command"],
            service["deploy"].get("replicas", 1),
            {name: re.sub(r"\$\{.*", "https://sign-on.example", value) for name, value in told.items()},
            [secret["target"] for secret in service["secrets"]],
            service.get("stop_grace_period", "0s"),
        )
        for service in compose_file()["services"].values()
        if str(service["image"]).startswith("motcua:")
        for told in [service["environment"]]
    ]


def in_kubernetes() -> Sequence[Described]:
    """Deployments and the Job."""
    scaled = {
        each["spec"]["scaleTargetRef"]["name"]: each["spec"]["minReplicas"]
        for each in of_kind("HorizontalPodAutoscaler").values()
    }
    found = []
    for name, workload in {**of_kind("Deployment"), **of_kind("Job")}.items():
        pod = workload["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        told = dict(of_kind("ConfigMap")["motcua"]["data"])
        told |= {each["name"]: each["value"] for each in container["env"]}
        (projected,) = [volume["projected"] for volume in pod["volumes"] if "projected" in volume]
        secrets = [
            key for source in projected["sources"] for key in example_secrets()[source["secret"]["name"]]
        ]
        copies = workload["spec"].get("replicas", scaled.get(name, 1))
        grace = f"{pod.get('terminationGracePeriodSeconds', 0)}s"
        found.append(_described(container["args"], copies, told, secrets, grace))
    return found


def in_systemd() -> Sequence[Described]:
    """Units; the target's wants are the copies."""
    told = dict(
        line.split("=", 1)
        for line in (DEPLOY / "systemd" / "motcua.env").read_text().splitlines()
        if line and not line.startswith("#")
    )
    wanted = re.findall(r"motcua-\S+@", (UNITS / "motcua.target").read_text())
    found = []
    for unit in sorted(UNITS.glob("*.service")):
        text = unit.read_text()
        (command,) = re.findall(r"(?m)^ExecStart=/opt/motcua/\.venv/bin/motcua (.*)$", text)
        secrets = re.findall(r"(?m)^LoadCredential=(\w+):", text)
        (grace,) = re.findall(r"(?m)^TimeoutStopSec=(\d+)$", text) or ["0"]
        copies = wanted.count(unit.name.partition("@")[0] + "@")
        environment = {**told, "MOTCUA_SECRETS": "%d"}
        found.append(_described(shlex.split(command), copies, environment, secrets, f"{grace}s"))
    return found


DESCRIPTIONS = {"compose": in_compose, "kubernetes": in_kubernetes, "systemd": in_systemd}


def _described(
    command: Sequence[str], copies: int, told: Mapping[str, str], secrets: Sequence[str], grace: str
) -> Described:
    examples = {
        name: value for name in secrets for ending, value in _EXAMPLES.items() if name.endswith(ending)
    }
    others = {name: "example" for name in secrets if name not in examples}
    return Described(
        command, copies, {**told, **examples, **others}, frozenset(secrets), int(grace.removesuffix("s"))
    )
