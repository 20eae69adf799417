"""Only a terminal limits how long a printed line is."""

import io
import sys

import pytest

from services.console.terminal import console


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stdout", "cut"), [(Terminal(), True), (io.StringIO(), False)])
def test_a_piped_line_is_whole(monkeypatch: pytest.MonkeyPatch, stdout: io.StringIO, cut: bool) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(sys, "stdout", stdout)
    console().print("word " * 100)
    assert (len(stdout.getvalue().splitlines()) > 1) is cut
    assert "\x1b" not in stdout.getvalue()
