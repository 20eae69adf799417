"""Options that several commands have, under one name and with one meaning."""

from pathlib import Path
from typing import Annotated

import typer

from services.console.modes import Mode

DataFolder = Annotated[
    Path, typer.Option("--data", help="The run folder: data, keys and logs.", file_okay=False)
]
HowManyProcesses = Annotated[
    Mode,
    typer.Option("--mode", help="As few processes as possible, or those of a distributed installation."),
]
Scenario = Annotated[str, typer.Argument(help="A scenario that ships, by its name, or a file.")]
