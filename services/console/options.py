"""Options that several commands have, under one name and with one meaning."""

from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from services.console.modes import Mode


class Format(StrEnum):
    """How a command prints what it found: for people, or for programs."""

    TABLE = "table"
    JSON = "json"


DataFolder = Annotated[
    Path, typer.Option("--data", help="The run folder: data, keys and logs.", file_okay=False)
]
HowManyProcesses = Annotated[
    Mode,
    typer.Option("--mode", help="As few processes as possible, or those of a distributed installation."),
]
MetricsFile = Annotated[
    Path | None,
    typer.Option(
        "--metrics",
        metavar="FILE",
        help="Also write the outcome to this file (.prom), for the textfile collector of node_exporter.",
        dir_okay=False,
    ),
]
Scenario = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A scenario that ships, by its name, or a file.")
]


def read_day(text: str) -> date:
    """A day as it is written everywhere: 2023-05-15. Raises `BadParameter`."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no time zone
    except ValueError as error:
        raise typer.BadParameter(f"'{text}' is no day, like 2023-05-15") from error


def read_moment(text: str) -> datetime:
    """A moment with its time zone. Raises `BadParameter`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise typer.BadParameter(f"'{text}' is no moment with its time zone, like 2023-06-15T08:00:00+07:00")
    return moment


AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        parser=read_moment,
        metavar="MOMENT",
        help="As it was known at this moment, like 2023-06-15T08:00:00+07:00; now without it.",
    ),
]

Output = Annotated[Format, typer.Option("--format", help="How to print it.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")]


def group_of_commands(name: str, what: str) -> typer.Typer:
    """A command that consists of others; `what` is its help."""
    group = typer.Typer(
        name=name, help=what, no_args_is_help=True, add_completion=False, rich_markup_mode=None
    )
    # Without one, a group of a single command would be that command.
    group.callback()(lambda: None)
    return group
