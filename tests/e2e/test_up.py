"""`motcua up` as a newcomer meets it: a real system in a folder of its own, and how it behaves in trouble."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

MOTCUA = [sys.executable, "-m", "services.console.main"]
CHECKOUT = Path(__file__).resolve().parents[2]
START_SECONDS = 90

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads processes from /proc")


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MOTCUA_")}


def motcua(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MOTCUA, *arguments], cwd=CHECKOUT, env=environment(), capture_output=True, text=True, check=False
    )


class System:
    """A started `motcua up`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [*MOTCUA, "up", "--port", "0", "--data", str(folder)],
            cwd=CHECKOUT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        eventually(lambda: (folder / "running.json").exists() or self.process.poll() is not None)
        assert self.process.poll() is None, self.output()
        self.address: str = json.loads((folder / "running.json").read_text())["address"]

    def get(self, path: str, token: str | None = None) -> int:
        request = urllib.request.Request(self.address + path)  # noqa: S310 - our own address
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=START_SECONDS) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def children(self) -> dict[int, str]:
        """Process numbers of this one and all that descend from it, with their command lines."""
        return descendants(self.process.pid)

    def child(self, word: str) -> int:
        return next(pid for pid, command in self.children().items() if word in command)

    def output(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.read()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


def descendants(pid: int) -> dict[int, str]:
    processes, found, grown = living(), {pid}, True
    while grown:
        more = found | {child for child, (parent, _) in processes.items() if parent in found}
        grown, found = len(more) > len(found), more
    return {child: command for child, (_, command) in processes.items() if child in found}


def eventually(holds: Callable[[], bool], seconds: float = START_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o711)
        yield Path(name) / "run"


@pytest.fixture(scope="module")
def system(folder: Path) -> Iterator[System]:
    system = System(folder)
    yield system
    system.process.kill()
    system.process.wait()
    system.process.communicate()


def test_the_three_services_answer_at_one_address(system: System) -> None:
    assert system.get("/docs") == 200
    token = motcua("token", "supervisor", "--data", str(system.folder)).stdout.strip()
    assert system.get("/v1/dossiers/H41.SYT-230515-0001", token) == 404
    assert system.get("/v1/cases/H41.SYT-230515-0001", token) == 404
    assert system.get("/v1/cases/H41.SYT-230515-0001") == 401
    for service in ("intake", "processing", "statistics"):
        assert system.get(f"/openapi/{service}.json") == 200


def test_a_second_start_on_the_folder_or_the_port_is_refused(system: System) -> None:
    again = motcua("up", "--port", "0", "--data", str(system.folder))
    assert again.returncode == 1
    assert again.stderr.startswith(f"A system already runs on {system.folder} (process {system.process.pid})")
    port = system.address.rpartition(":")[2]
    elsewhere = motcua("up", "--port", port, "--data", f"{system.folder}-2")
    assert elsewhere.returncode == 1
    assert f"port {port} cannot be used" in elsewhere.stderr
    assert not Path(f"{system.folder}-2").exists()
    assert system.get("/livez") == 200


def test_a_killed_api_process_comes_back_at_the_same_address(system: System) -> None:
    killed = system.child("api_process")
    os.kill(killed, signal.SIGKILL)
    # The socket stays ours: the call waits for the next process instead of being refused.
    eventually(lambda: killed not in living())
    assert system.get("/livez") == 200


def test_reference_data_is_there_and_seeding_again_adds_nothing(system: System) -> None:
    assert motcua("seed", "--data", str(system.folder)).stdout.startswith("0 entries")


def test_clean_does_not_touch_a_running_system(system: System) -> None:
    assert motcua("clean", "--yes", "--data", str(system.folder)).returncode == 1


def test_ctrl_c_stops_everything_in_order_and_a_killed_start_leaves_nothing_behind(system: System) -> None:
    before = system.children()
    system.process.send_signal(signal.SIGINT)
    time.sleep(0.05)
    # Whoever is impatient changes nothing.
    assert system.stop(signal.SIGINT) == 0
    told = system.output()
    assert "the data stays" in told
    assert "Traceback" not in told
    assert before.keys().isdisjoint(living())
    again = System(system.folder)
    assert again.get("/livez") == 200
    before = again.children()
    again.process.kill()
    again.process.wait()
    again.process.communicate()
    eventually(lambda: before.keys().isdisjoint(living()), seconds=30)
    assert motcua("clean", "--yes", "--data", str(system.folder)).returncode == 0
    assert not system.folder.exists()


def test_a_start_that_is_stopped_half_way_leaves_nothing_running(folder: Path) -> None:
    half_way = folder.with_name("half-way")
    with subprocess.Popen(
        [*MOTCUA, "up", "--port", "0", "--data", str(half_way)],
        cwd=CHECKOUT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        while "Bringing tables" not in process.stdout.readline():
            assert process.poll() is None
        before = descendants(process.pid)
        process.send_signal(signal.SIGTERM)
        told = process.stdout.read()
    assert process.returncode == 0
    assert told == f"\nStopped; the data stays in {half_way}\n"
    assert len(before) > 4
    assert before.keys().isdisjoint(living())
    assert motcua("clean", "--yes", "--data", str(half_way)).returncode == 0


def living() -> dict[int, tuple[int, str]]:
    """Parent and command line of every process that has not ended."""
    found: dict[int, tuple[int, str]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                command = (folder / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
                found[int(folder.name)] = (int(parent), command)
    return found
