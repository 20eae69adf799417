"""What Prometheus is told finds every process of ours, in each form, and may reach it."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from shared.variables import SERVICES
from tests.support.alerts import OBSERVABILITY
from tests.support.deployment import UNITS, compose_file, of_kind

KINDS = ("api", "worker")


def job(form: str) -> Mapping[str, Any]:
    (found,) = yaml.safe_load((OBSERVABILITY / "scrape" / f"{form}.yaml").read_text())["scrape_configs"]
    # Rules and dashboards know our processes by it.
    assert found["job_name"] == "motcua"
    assert "metrics_path" not in found
    return dict(found)


def test_compose_is_read_by_name() -> None:
    (names,) = job("compose")["dns_sd_configs"]
    assert names["names"] == [f"{service}-{kind}" for service in SERVICES for kind in KINDS]
    for name in names["names"]:
        process = compose_file()["services"][name]
        assert process["command"][-1] == str(names["port"])
        assert "inside" in process["networks"]


def test_systemd_is_read_by_instance() -> None:
    (static,) = job("systemd")["static_configs"]
    wanted = re.findall(r"motcua-\S+@(\d+)", (UNITS / "motcua.target").read_text())
    assert static["targets"] == [f"127.0.0.1:{port}" for port in sorted(wanted)]


def test_kubernetes_is_read_by_label_and_port() -> None:
    kubernetes = job("kubernetes")
    keep = kubernetes["relabel_configs"][0]
    kept = {
        name
        for kind in ("Deployment", "Job")
        for name, workload in of_kind(kind).items()
        for template in [workload["spec"]["template"]]
        for container in template["spec"]["containers"]
        for port in [*container.get("ports", ()), {"name": ""}]
        if re.fullmatch(
            keep["regex"],
            f"{template['metadata']['labels']['app.kubernetes.io/component']};{port['name']}",
        )
    }
    assert kept == set(of_kind("Deployment"))
    assert kubernetes["kubernetes_sd_configs"][0]["namespaces"]["names"] == list(of_kind("Namespace"))


def test_kubernetes_lets_the_metrics_out_and_the_traces_go() -> None:
    policies = of_kind("NetworkPolicy")
    (let_in,) = policies["metrics"]["spec"]["ingress"]
    (let_out,) = policies["traces"]["spec"]["egress"]
    monitoring = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]
    assert let_in == {"from": monitoring, "ports": [{"protocol": "TCP", "port": 8000}]}
    assert let_out == {"to": monitoring, "ports": [{"protocol": "TCP", "port": 4318}]}
