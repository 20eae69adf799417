"""`motcua kafka` as a developer meets it."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.console.kafka.probe import living_brokers
from services.console.run_folder import RunFolder
from tests.support.real_kafka import need_kafka

MOTCUA = [sys.executable, "-m", "services.console.main"]
CHECKOUT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 180

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads processes from /proc")


@pytest.fixture
def folder() -> Iterator[Path]:
    need_kafka()
    with tempfile.TemporaryDirectory() as name:
        yield Path(name) / "run"


def motcua(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*MOTCUA, *arguments],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    )


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def child(parent: int) -> int:
    """0 for none."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return int(children[0]) if children else 0


def test_a_broker_runs_comes_back_when_killed_and_stops_when_asked(folder: Path) -> None:
    with motcua("kafka", "--data", str(folder)) as started:
        assert started.stdout is not None
        told = []
        for line in started.stdout:
            told.append(line)
            if "Ctrl-C stops it" in line:
                break
        address = re.search(r"MOTCUA_LOG_URL='kafka://127\.0\.0\.1:(\d+)\?replication=1'", "".join(told))
        assert address, told
        port = int(address[1])
        assert living_brokers(port) == {1}

        with motcua("kafka", "--data", str(folder)) as second:
            assert "stop it first" in second.communicate()[0]
            assert second.returncode == 1
        with motcua("clean", "--yes", "--data", str(folder)) as cleaning:
            assert "Kafka runs in" in cleaning.communicate()[0]
            assert cleaning.returncode == 1

        killed = child(started.pid)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: child(started.pid) not in {0, killed})
        wait_until(lambda: living_brokers(port) == {1})

        broker = child(started.pid)
        started.send_signal(signal.SIGINT)
        assert "the data stays" in started.stdout.read()
        assert started.wait(PATIENCE_SECONDS) == 0
        assert not Path(f"/proc/{broker}").exists()

    with motcua("kafka", "--brokers", "3", "--data", str(folder)) as other:
        assert "holds the data of 1 broker" in other.communicate()[0]
    with motcua("clean", "--yes", "--data", str(folder)) as cleaning:
        cleaning.communicate()
    assert not RunFolder(folder).path.exists()
