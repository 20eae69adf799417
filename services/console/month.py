"""`motcua month`: from nothing to the report, for scripts."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import typer

from services.console.embedded import StopRequested, stop_on_signals
from services.console.modes import Mode, start_of
from services.console.options import HowManyProcesses, Scenario
from services.console.run_folder import RunFolder
from services.console.start_check import check_scenario

_STOPPED = 130


def month(scenario: Scenario = "nghe-an-2023-06", mode: HowManyProcesses = Mode.EMBEDDED) -> None:
    """Live through a month in a folder of its own, for scripts.

    It prints the verdict, stops and forgets everything. Ends with 1 when a figure is not as expected,
    with 2 when the month could not be lived through.
    """
    try:
        with stop_on_signals():
            check_scenario(scenario, as_shipped=True)
            with _own_folder() as folder, start_of(mode)(folder, port=0, for_replay=True) as system:
                status = system.run("replay", scenario, "--data", str(folder.path))
    except StopRequested as stopped:
        raise typer.Exit(_STOPPED) from stopped
    raise typer.Exit(status)


@contextlib.contextmanager
def _own_folder() -> Iterator[RunFolder]:
    folder = RunFolder(Path(tempfile.mkdtemp(prefix="motcua-month-")))
    try:
        yield folder
    finally:
        folder.remove()
