"""A command that runs against a started system ends in order with it."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from services.console import starting
from services.console.embedded import StopRequested
from services.console.run_folder import RunFolder
from services.console.starting import StartedSystem
from services.console.supervisor import Supervisor

# Ends in order on Ctrl-C, once.
COMMAND = """
import os, pathlib, sys, time
story = pathlib.Path(sys.argv[1])
try:
    story.write_text(f"{os.getpgid(0) == os.getpid()}\\n")
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(0.2)
    story.write_text(story.read_text() + "ended in order\\n")
    sys.exit(130)
"""


class StoppedOnce(Supervisor):
    """Somebody asks for the stop as soon as the command has written something."""

    def __init__(self, story: Path) -> None:
        super().__init__([])
        self._story = story

    def watch(self, until: Callable[[], bool]) -> None:
        while not (self._story.exists() and self._story.read_text()):
            assert not until()
            time.sleep(0.01)
        raise StopRequested


def test_a_command_is_interrupted_once_and_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = tmp_path / "story"
    monkeypatch.setattr(starting, "MOTCUA", (sys.executable, "-S", "-c", COMMAND))
    system = StartedSystem(RunFolder(tmp_path), "http://127.0.0.1:8000", {}, StoppedOnce(story), metrics=[])
    with pytest.raises(StopRequested):
        system.run(str(story))
    # Of a group of its own: a terminal's Ctrl-C would reach it a second time.
    assert story.read_text().splitlines() == ["True", "ended in order"]


def test_a_commands_status_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "MOTCUA", (sys.executable, "-S", "-c", "raise SystemExit(3)"))
    system = StartedSystem(RunFolder(tmp_path), "http://127.0.0.1:8000", {}, Supervisor([]), metrics=[])
    assert system.run() == 3
