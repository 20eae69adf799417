"""The manifests: valid by the schemas of Kubernetes, of one piece, and confined."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from shared.variables import SERVICES
from tests.support.deployment import DEPLOY, example_secrets, kustomization, manifests, of_kind

SCHEMAS = json.loads((Path(__file__).parent / "data" / "kubernetes-1.35.json").read_text())
FOLDER = DEPLOY / "kubernetes"
WORKLOADS = {**of_kind("Deployment"), **of_kind("Job")}


def faults(manifest: Mapping[str, Any]) -> list[str]:
    kind = SCHEMAS["kinds"][f"{manifest['apiVersion']}/{manifest['kind']}"]
    validator = jsonschema_rs.Draft7Validator({"$ref": f"#/$defs/{kind}", "$defs": SCHEMAS["$defs"]})
    return [
        f"{'/'.join(map(str, each.instance_path))}: {each.message}"
        for each in validator.iter_errors(manifest)
    ]


@pytest.mark.parametrize(
    "manifest", manifests(), ids=lambda each: f"{each['kind']}-{each['metadata']['name']}"
)
def test_a_manifest_is_valid(manifest: Mapping[str, Any]) -> None:
    assert faults(manifest) == []


def test_the_schemas_find_what_is_misspelt() -> None:
    manifest = json.loads(json.dumps(of_kind("Deployment")["intake-api"]))
    manifest["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    assert faults(manifest)


@pytest.mark.parametrize("folder", ["foundation", "processes"])
def test_no_file_is_forgotten(folder: str) -> None:
    files = {path.name for path in (FOLDER / folder).glob("*.yaml")} - {"kustomization.yaml"}
    assert set(kustomization(folder)["resources"]) == files


def test_all_services_are_described_alike() -> None:
    def neutral(service: str) -> str:
        text = (FOLDER / "processes" / f"{service}.yaml").read_text().replace(service, "SERVICE")
        # Statistics open neither documents nor personal data.
        return re.sub(r" +- secret: \{name: (sealing|object-store).*\n", "", text)

    assert neutral("intake") == neutral("processing") == neutral("stats")


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_workload_is_confined(name: str) -> None:
    pod = WORKLOADS[name]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}
    assert "memory" in container["resources"]["limits"]
    assert container["image"] == "motcua"


@pytest.mark.parametrize("name", of_kind("Deployment"))
def test_a_deployment_is_probed_protected_and_selected(name: str) -> None:
    deployment = of_kind("Deployment")[name]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    probes = {
        each: container[f"{each}Probe"]["httpGet"]["path"] for each in ("startup", "liveness", "readiness")
    }
    assert probes == {"startup": "/livez", "liveness": "/livez", "readiness": "/readyz"}
    budget = of_kind("PodDisruptionBudget")[name]["spec"]
    assert budget["selector"]["matchLabels"] == labels
    assert budget["maxUnavailable"] == 1
    if name.endswith("-api"):
        service = of_kind("Service")[name]["spec"]
        assert service["selector"] == labels
        assert service["ports"][0]["targetPort"] == container["ports"][0]["name"]


def test_every_secret_has_an_example_and_every_account_exists() -> None:
    named = set()
    for workload in WORKLOADS.values():
        pod = workload["spec"]["template"]["spec"]
        assert pod["serviceAccountName"] in of_kind("ServiceAccount")
        for volume in pod["volumes"]:
            named |= {source["secret"]["name"] for source in volume.get("projected", {}).get("sources", ())}
    assert named == set(example_secrets())


def test_everything_is_closed_before_something_is_opened() -> None:
    policies = of_kind("NetworkPolicy")
    closed = policies["nothing-else"]["spec"]
    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    opened = yaml.safe_dump([policies[name] for name in policies if name != "nothing-else"])
    assert "port: 8000" in opened
    assert {f"{service}-api" for service in SERVICES} < set(of_kind("Deployment"))
