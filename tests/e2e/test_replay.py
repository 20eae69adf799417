"""A small scenario on a real system: interrupted, resumed, asked for again, and lived on after."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from services.console.demo_issuer import CENTER_DESK, DemoGrant, mint
from services.console.embedded import embedded_system
from services.console.run_folder import RunFolder
from services.console.starting import StartedSystem
from shared.clock import SimulatedClock, local_date
from shared.schemas.lifecycle import Role

SCENARIO = Path(__file__).parent / "data" / "small-week.yaml"
CHECKOUT = Path(__file__).resolve().parents[2]
DAYS = ("--from", "2023-05-15", "--to", "2023-05-21")


@pytest.fixture(scope="module")
def system() -> Iterator[StartedSystem]:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o711)
        with embedded_system(RunFolder(Path(name) / "run"), port=0, for_replay=True) as system:
            yield system


def start(system: StartedSystem, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "services.console.main", *arguments, "--data", str(system.folder.path)],
        cwd=CHECKOUT,
        env={**os.environ, "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    output, _ = process.communicate(timeout=240)
    return process.returncode, output


def steps_done(system: StartedSystem) -> int:
    journal = system.folder.path / "replays" / "small-week.sqlite"
    if not journal.exists():
        return 0
    try:
        with sqlite3.connect(f"file:{journal}?mode=ro", uri=True) as database:
            return int(database.execute("SELECT coalesce(sum(done), 0) FROM life").fetchone()[0])
    except sqlite3.OperationalError:  # the table is just being made
        return 0


def test_a_replay_that_is_killed_goes_on_and_every_figure_comes_out(system: StartedSystem) -> None:
    first = start(system, "replay", str(SCENARIO))
    deadline = time.monotonic() + 120
    while steps_done(system) < 60:
        assert first.poll() is None, finish(first)[1]
        assert time.monotonic() < deadline
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    finish(first)

    status, output = finish(start(system, "replay", str(SCENARIO)))

    assert status == 0, output
    assert "Every figure is as expected." in output
    assert "misprint" in output


def test_a_second_run_on_the_same_data_says_so_and_doubles_nothing(system: StartedSystem) -> None:
    status, output = finish(start(system, "replay", str(SCENARIO)))

    assert status == 0, output
    assert "was lived through on this data before" in output
    assert "Every figure is as expected." in output


def test_the_recount_from_the_histories_agrees(system: StartedSystem) -> None:
    status, output = finish(start(system, "verify"))

    assert status == 0, output


def test_the_report_command_gives_the_figures_of_the_scenario(system: StartedSystem) -> None:
    status, output = finish(start(system, "report", *DAYS, "--format", "json"))
    report = json.loads(output)

    assert status == 0
    assert (report["total"], report["received"], report["late"]) == (96, 80, 4)
    assert report["digitised"] == report["received"]
    assert report["provisional"] == []


def test_the_week_can_be_closed(system: StartedSystem) -> None:
    token = mint(system.folder, "boss", DemoGrant(Role.ADMINISTRATOR))
    request = urllib.request.Request(  # noqa: S310 - our own address
        f"{system.address}/v1/reports/closed-periods/{DAYS[1]}/{DAYS[3]}",
        headers={"Authorization": f"Bearer {token}"},
        method="PUT",
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        assert answer.status == 201


def test_another_replay_on_this_data_is_refused_because_time_never_goes_back(system: StartedSystem) -> None:
    status, output = finish(start(system, "replay", "nghe-an-2023-06"))

    assert status == 2
    assert "never goes back" in output


def test_the_system_stays_usable_from_the_morning_after(system: StartedSystem) -> None:
    clock = SimulatedClock(system.folder.business_clock)
    before = clock.now()
    assert local_date(before) == date(2023, 5, 22)
    time.sleep(0.01)
    assert clock.now() > before

    token = mint(system.folder, "clerk", DemoGrant(Role.INTAKE_OFFICER, desk=CENTER_DESK))
    body = {
        "procedure": "2.000488",
        "case": "default",
        "channel": "counter",
        "applicant": {"name": "Trần Thị Lan", "identity_number": "040912345678"},
        "decision": {"outcome": "refuse", "reason_code": "outside_competence", "reason": "Sai nơi nộp."},
    }
    request = urllib.request.Request(  # noqa: S310 - our own address
        f"{system.address}/v1/dossiers",
        json.dumps(body).encode(),
        {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": "the-morning-after",
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        assert json.loads(answer.read())["code"].startswith("H41.STP-230522-")
