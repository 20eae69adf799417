"""`motcua month`: from nothing to the report, for scripts."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from services.console.embedded import StopRequested, stop_on_signals
from services.console.modes import Mode, start_of
from services.console.postgres_account import PostgresStartError
from services.console.run_folder import RunFolder
from services.console.starting import StartError
from services.console.supervisor import GaveUpError

_FAILED = 1
_STOPPED = 130


def month(
    scenario: Annotated[
        str, typer.Argument(help="A scenario that ships, by name, or a file.")
    ] = "nghe-an-2023-06",
    mode: Annotated[
        Mode, typer.Option(help="As few processes as possible, or those of a distributed installation.")
    ] = Mode.EMBEDDED,
) -> None:
    """Live through a published month in a folder of its own, print the verdict, stop and forget everything.

    Ends with 1 when a figure is not as expected, with 2 when the scenario is refused.
    """
    try:
        with (
            stop_on_signals(),
            _own_folder() as folder,
            start_of(mode)(folder, port=0, for_replay=True) as system,
        ):
            status = system.run("replay", scenario, "--data", str(folder.path))
    except StopRequested as stopped:
        raise typer.Exit(_STOPPED) from stopped
    except (StartError, PostgresStartError, GaveUpError, ValueError) as error:
        print(error)
        raise typer.Exit(_FAILED) from error
    raise typer.Exit(status)


@contextlib.contextmanager
def _own_folder() -> Iterator[RunFolder]:
    folder = RunFolder(Path(tempfile.mkdtemp(prefix="motcua-month-")))
    try:
        yield folder
    finally:
        folder.remove()
