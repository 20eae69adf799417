"""The units: understood by systemd itself, and confined."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from services.console.cluster.proxy_pages import api_ports
from shared.variables import SERVICES
from tests.support.deployment import DEPLOY, UNITS

MOST_EXPOSURE = 1.5
SYSTEM_UNITS = Path("/usr/lib/systemd/system")
UNIT_NAMES = [
    re.sub("@", "@8100", unit.name)
    for unit in sorted(UNITS.iterdir())
    if unit.suffix in {".service", ".target"}
]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root folder in which everything is where docs/operations.md puts it."""
    if not shutil.which("systemd-analyze") or not SYSTEM_UNITS.exists():
        pytest.skip("NOT CHECKED: there is no systemd-analyze on this machine to read the units with")
    root = tmp_path_factory.mktemp("root")
    shutil.copytree(SYSTEM_UNITS, root / "usr/lib/systemd/system", symlinks=True)
    shutil.copytree(UNITS, root / "etc/systemd/system")
    (root / "etc/motcua").mkdir()
    shutil.copy(DEPLOY / "systemd" / "motcua.env", root / "etc/motcua")
    program = root / "opt/motcua/.venv/bin/motcua"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return root


def analyze(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    assert program
    return subprocess.run(
        [program, f"--root={installed}", *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("unit", UNIT_NAMES)
def test_systemd_understands_a_unit(installed: Path, unit: str) -> None:
    done = analyze(installed, "verify", "--man=no", unit)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unit", [name for name in UNIT_NAMES if name.endswith(".service")])
def test_a_unit_is_confined(installed: Path, unit: str) -> None:
    done = analyze(installed, "security", "--offline=yes", unit)
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert exposure, done.stderr
    assert float(exposure[1]) <= MOST_EXPOSURE


def test_the_proxy_knows_the_instances_that_the_target_wants() -> None:
    target = (UNITS / "motcua.target").read_text()
    for service in SERVICES:
        wanted = {int(port) for port in re.findall(rf"motcua-{service}-api@(\d+)", target)}
        assert wanted == set(api_ports(service))


def test_no_two_instances_want_the_same_port() -> None:
    ports = re.findall(r"@(\d+)\.service", (UNITS / "motcua.target").read_text())
    assert len(ports) == len(set(ports)) == 2 * 2 * len(SERVICES)
