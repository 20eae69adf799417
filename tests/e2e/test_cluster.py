"""The distributed form on this machine: a week lived through while processes are killed and replaced."""

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.console.cluster.system import cluster_system, haproxy
from services.console.demo_issuer import DemoGrant, mint
from services.console.kafka.distribution import KafkaMissingError, distribution
from services.console.run_folder import RunFolder
from services.console.starting import CHECKOUT, MOTCUA, StartedSystem, StartError
from shared.schemas.lifecycle import Role

SCENARIO = Path(__file__).parent / "data" / "small-week.yaml"
SECONDS = 600


@pytest.fixture(scope="module")
def system() -> Iterator[StartedSystem]:
    try:
        distribution()
        haproxy()
    except (KafkaMissingError, StartError) as reason:
        if "CI" in os.environ:
            raise
        pytest.skip(f"NOT TESTED: the distributed form; {reason}")
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o711)
        with cluster_system(RunFolder(Path(name) / "run"), port=0, for_replay=True) as system:
            yield system


def control(system: StartedSystem, *words: str) -> str:
    """What `supervisorctl` answers."""
    file = system.folder.cluster / "supervisord.conf"
    command = [sys.executable, "-m", "supervisor.supervisorctl", "-c", str(file), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def kill(system: StartedSystem, process: str) -> None:
    os.kill(int(control(system, "pid", process)), signal.SIGKILL)


def run(system: StartedSystem, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*MOTCUA, *arguments, "--data", str(system.folder.path)],
        cwd=CHECKOUT,
        env={**os.environ, "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for_steps(system: StartedSystem, count: int, replay: subprocess.Popen[str]) -> None:
    journal = system.folder.path / "replays" / "small-week.sqlite"
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            with sqlite3.connect(f"file:{journal}?mode=ro", uri=True) as database:
                done = database.execute("SELECT coalesce(sum(done), 0) FROM life").fetchone()[0]
        except sqlite3.OperationalError:  # not made yet
            done = 0
        if done >= count:
            return
        assert replay.poll() is None, replay.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_every_process_runs(system: StartedSystem) -> None:
    states = control(system, "status").splitlines()
    assert len(states) == 13
    assert all("RUNNING" in line for line in states)


def test_a_week_comes_out_though_processes_are_killed_and_replaced(system: StartedSystem) -> None:
    replay = run(system, "replay", str(SCENARIO))
    for steps, process in (
        (40, "worker:intake-worker-1"),
        (80, "api:intake-api-2"),
        (120, "worker:processing-worker-2"),
        (160, "api:processing-api-1"),
        (200, "worker:stats-worker-1"),
    ):
        wait_for_steps(system, steps, replay)
        kill(system, process)
    output, _ = replay.communicate(timeout=SECONDS)
    assert replay.returncode == 0, output
    assert "Every figure is as expected." in output

    recount = run(system, "verify")
    output, _ = recount.communicate(timeout=SECONDS)
    assert recount.returncode == 0, output


def test_processes_are_replaced_one_by_one_and_no_caller_notices(system: StartedSystem) -> None:
    token = mint(system.folder, "reader", DemoGrant(Role.STATISTICS_READER))
    request = urllib.request.Request(  # noqa: S310 - our own address
        f"{system.address}/v1/reports?from=2023-05-15&to=2023-05-21",
        headers={"Authorization": f"Bearer {token}"},
    )
    answers: list[int] = []
    done = threading.Event()

    def call() -> None:
        while not done.is_set():
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - see above
                    answers.append(answer.status)
            except urllib.error.HTTPError as refusal:
                answers.append(refusal.code)

    caller = threading.Thread(target=call)
    caller.start()
    try:
        for number in (1, 2):
            assert "started" in control(system, "restart", f"api:stats-api-{number}")
            wait_until_ready(system, f"stats-api-{number}")
    finally:
        done.set()
        caller.join()
    assert len(answers) > 10
    assert set(answers) == {200}


def wait_until_ready(system: StartedSystem, process: str) -> None:
    """The proxy has to see it before the next one may go."""
    servers = (system.folder.cluster / "haproxy.cfg").read_text()
    port = servers.partition(f"server {process} 127.0.0.1:")[2].split("\n")[0]
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    time.sleep(1.5)
