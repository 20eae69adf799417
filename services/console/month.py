"""`motcua month`: from nothing to the report, for scripts."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from services.console.embedded import StartError, StopRequested, embedded_system, stop_on_signals
from services.console.postgres_account import PostgresStartError
from services.console.run_folder import RunFolder
from services.console.supervisor import GaveUpError

_INTERRUPTED = 130


def month(
    scenario: Annotated[
        str, typer.Argument(help="A scenario that ships, by name, or a file.")
    ] = "nghe-an-2023-06",
) -> None:
    """Live through a published month in a folder of its own, print the verdict, and stop everything.

    Ends with 1 when a figure is not as expected.
    """
    try:
        with (
            tempfile.TemporaryDirectory(prefix="motcua-month-") as own,
            stop_on_signals(),
            embedded_system(RunFolder(Path(own) / "run"), port=0, for_replay=True) as system,
        ):
            status = system.run("replay", scenario, "--data", str(system.folder.path))
    except StopRequested as stopped:
        raise typer.Exit(_INTERRUPTED) from stopped
    except (StartError, PostgresStartError, GaveUpError, ValueError) as error:
        print(error)
        raise typer.Exit(1) from error
    raise typer.Exit(status)
