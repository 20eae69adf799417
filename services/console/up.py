"""`motcua up`: the whole system with one command."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from services.console.embedded import StopRequested, embedded_system, stop_on_signals
from services.console.modes import Mode, Start, start_of
from services.console.options import DataFolder, HowManyProcesses
from services.console.run_folder import DEFAULT, RunFolder
from services.console.start_check import check_scenario
from services.console.starting import StartedSystem

_STOPPED = 130
_UNLIVED = {
    1: "FIGURES ARE NOT AS EXPECTED: the verdict above says which.",
    2: "THE MONTH WAS NOT LIVED THROUGH: the lines above say why.",
}


def up(
    data: DataFolder = DEFAULT,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes any free one.")] = 8000,
    replay: Annotated[
        str | None,
        typer.Option(
            metavar="SCENARIO",
            help="Live through a month first: a scenario that ships, by its name, or a file.",
        ),
    ] = None,
    mode: HowManyProcesses = Mode.EMBEDDED,
    archive: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Copy every change to this folder for backups, best on another disk (motcua backup --help).",
            file_okay=False,
        ),
    ] = None,
    production: Annotated[
        bool,
        typer.Option(
            "--production",
            help="No demo: real time, and the tokens of the issuer that MOTCUA_TOKEN_... name.",
        ),
    ] = False,
) -> None:
    """Bring the whole system up and keep it up until Ctrl-C.

    PostgreSQL is started from a folder of its own, unless MOTCUA_<SERVICE>_DATABASE_URL and MOTCUA_LOG_URL
    name the databases. It is a demo with its own token issuer, unless --production is given. With --mode
    cluster Kafka, two API and two worker processes of each service and a proxy are started.

    Ends with 0 when it is stopped. With --replay it stays up whatever the figures are, and ends with 1 when
    one was not as expected, with 2 when the month could not be lived through.
    """
    if production and replay:
        raise typer.BadParameter("a replay simulates time, which a production system never does")
    if production and mode is not Mode.EMBEDDED:
        raise typer.BadParameter("a cluster on one machine is a demo; docs/operations.md leads to a real one")
    if archive is not None:
        if mode is not Mode.EMBEDDED:
            raise typer.BadParameter("only with --mode embedded", param_hint="'--archive'")
        start: Start = partial(embedded_system, demo=not production, archive=archive)
    else:
        start = partial(embedded_system, demo=False) if production else start_of(mode)
    folder = RunFolder(data)
    # A replay that is stopped half way has not shown anything yet.
    status = _STOPPED if replay else 0
    try:
        with stop_on_signals():
            if replay:
                check_scenario(replay, as_shipped=not folder.was_prepared())
            with start(folder, port=port, for_replay=bool(replay)) as system:
                if replay:
                    status = system.run("replay", replay, "--data", str(folder.path))
                _welcome(system, demo=not production)
                _warn(status)
                system.watch()
    except StopRequested as stopped:
        print(f"\nStopped; the data stays in {folder.path}" if folder.was_prepared() else "\nStopped.")
        _warn(status)
        raise typer.Exit(status) from stopped


def _warn(status: int) -> None:
    if status in _UNLIVED:
        print(f"\n{_UNLIVED[status]}", file=sys.stderr, flush=True)


def _welcome(system: StartedSystem, *, demo: bool) -> None:
    lines = [
        "",
        "Một Cửa is up.",
        f"  API            {system.address}/v1/...",
        f"  documentation  {system.address}/docs",
        f"  logs           {system.folder.logs}",
        *(f"  metrics        {address}" for address in system.metrics),
    ]
    if demo:
        place = "" if system.folder.path == DEFAULT.absolute() else f" --data {system.folder.path}"
        lines += [
            f"  demo tokens    .venv/bin/motcua token{place}        (one for each role)",
            f"  report         .venv/bin/motcua report{place} --help",
        ]
    print("\n".join([*lines, "Ctrl-C stops it; the data stays."]), flush=True)
