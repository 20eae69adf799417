"""The supervisor with small children of its own: restarts, giving up, order of stopping, no orphans."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.console.supervisor import Child, GaveUpError, Patience, Supervisor

QUICK = Patience(first_pause_seconds=0.02, longest_pause_seconds=0.1, stable_seconds=60, grace_seconds=2)
# Writes a line for each life and for its end, so that tests can read the story.
POLITE = """
import os, signal, sys, time
def say(word):
    with open(sys.argv[1], "a") as story: story.write(f"{sys.argv[2]} {word} {os.getpid()}\\n")
def end(*_):
    say("ends"); sys.exit(0)
signal.signal(signal.SIGTERM, end)
say("lives")
time.sleep(60)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("lives", flush=True)
time.sleep(60)
"""
FAILING = "print('cannot find the database'); raise SystemExit(3)"


def child(tmp_path: Path, name: str, program: str) -> Child:
    command = [sys.executable, "-S", "-c", program, str(tmp_path / "story"), name]
    return Child(name, command, dict(os.environ), tmp_path / f"{name}.log")


def story(tmp_path: Path) -> list[str]:
    path = tmp_path / "story"
    return [" ".join(line.split()[:2]) for line in path.read_text().splitlines()] if path.exists() else []


def eventually(holds: Callable[[], bool], supervisor: Supervisor | None = None) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        if supervisor:
            supervisor.check()
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


@pytest.fixture
def supervise() -> Iterator[Callable[..., Supervisor]]:
    made: list[Supervisor] = []

    def make(*children: Child, patience: Patience = QUICK) -> Supervisor:
        supervisor = Supervisor(children, patience=patience, tell=lambda _: None)
        made.append(supervisor)
        supervisor.start()
        return supervisor

    yield make
    for supervisor in made:
        supervisor.stop()


def test_children_stop_in_reverse_order(tmp_path: Path, supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise(child(tmp_path, "worker", POLITE), child(tmp_path, "api", POLITE))
    eventually(lambda: len(story(tmp_path)) == 2)
    supervisor.stop()
    assert story(tmp_path)[2:] == ["api ends", "worker ends"]


def test_a_child_that_was_killed_lives_again(tmp_path: Path, supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise(child(tmp_path, "api", POLITE))
    eventually(lambda: story(tmp_path) == ["api lives"])
    first = supervisor.pid("api")
    assert first is not None
    os.kill(first, signal.SIGKILL)
    eventually(lambda: story(tmp_path) == ["api lives"] * 2, supervisor)
    assert supervisor.pid("api") not in {None, first}


def test_a_child_that_dies_again_and_again_is_given_up_loudly(
    tmp_path: Path, supervise: Callable[..., Supervisor]
) -> None:
    supervisor = supervise(child(tmp_path, "worker", FAILING))
    with pytest.raises(
        GaveUpError, match=r"(?s)worker ended 5 times, last with status 3.*cannot find the database"
    ):
        supervisor.watch(until=lambda: False)


def test_pauses_between_lives_grow(tmp_path: Path) -> None:
    told: list[str] = []
    supervisor = Supervisor([child(tmp_path, "worker", FAILING)], patience=QUICK, tell=told.append)
    supervisor.start()
    with pytest.raises(GaveUpError):
        supervisor.watch(until=lambda: False)
    assert [line.rpartition("again in ")[2] for line in told] == ["0.02 s", "0.04 s", "0.08 s", "0.1 s"]


def test_a_child_that_lived_long_starts_with_a_clean_sheet(tmp_path: Path) -> None:
    told: list[str] = []
    patience = Patience(first_pause_seconds=0.01, stable_seconds=0, attempts=2)
    supervisor = Supervisor([child(tmp_path, "worker", FAILING)], patience=patience, tell=told.append)
    supervisor.start()
    supervisor.watch(until=lambda: len(told) >= 3)
    supervisor.stop()


def test_a_child_that_ignores_the_request_is_killed_in_the_end(
    tmp_path: Path, supervise: Callable[..., Supervisor]
) -> None:
    patience = Patience(grace_seconds=0.2)
    supervisor = supervise(child(tmp_path, "api", STUBBORN), patience=patience)
    eventually(lambda: (tmp_path / "api.log").read_text() == "lives\n")
    pid = supervisor.pid("api")
    assert pid is not None
    supervisor.stop()
    assert not is_running(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the kernel does not tell children")
def test_children_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib, os; from services.console.supervisor import Child, Supervisor;"
        "folder = pathlib.Path(sys.argv[1]);"
        "command = [sys.executable, '-S', '-c', sys.argv[2], str(folder / 'story'), 'api'];"
        "supervisor = Supervisor([Child('api', command, dict(os.environ), folder / 'api.log')]);"
        "supervisor.start(); supervisor.watch(until=lambda: False)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path), POLITE]) as owner:
        eventually(lambda: story(tmp_path) == ["api lives"])
        pid = int((tmp_path / "story").read_text().split()[2])
        owner.kill()
    eventually(lambda: not is_running(pid))
    assert story(tmp_path) == ["api lives", "api ends"]
