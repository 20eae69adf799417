"""`motcua up`: the whole system with one command."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from services.console.embedded import StopRequested, embedded_system, stop_on_signals
from services.console.modes import Mode, start_of
from services.console.postgres_account import PostgresStartError
from services.console.run_folder import DEFAULT, RunFolder
from services.console.starting import StartedSystem, StartError
from services.console.supervisor import GaveUpError


def up(
    data: Annotated[
        Path, typer.Option(help="Where data, keys and logs are kept.", file_okay=False)
    ] = DEFAULT,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes any free one.")] = 8000,
    replay: Annotated[
        str | None, typer.Option(help="Live through this scenario first, a name or a file.")
    ] = None,
    mode: Annotated[
        Mode, typer.Option(help="As few processes as possible, or those of a distributed installation.")
    ] = Mode.EMBEDDED,
    production: Annotated[
        bool,
        typer.Option(
            "--production",
            help="No demo: real time, and the tokens of the issuer that MOTCUA_TOKEN_... name.",
        ),
    ] = False,
) -> None:
    """Bring the whole system up on this machine and keep it up until Ctrl-C.

    PostgreSQL is started from a folder of its own, unless `MOTCUA_<SERVICE>_DATABASE_URL` and
    `MOTCUA_LOG_URL` name the databases. It is a demo with its own token issuer, unless --production is given.
    With --mode cluster Kafka, two API and two worker processes of each service and a proxy are started.
    """
    if production and replay:
        raise typer.BadParameter("a replay simulates time, which a production system never does")
    if production and mode is not Mode.EMBEDDED:
        raise typer.BadParameter("a cluster on one machine is a demo; docs/operations.md leads to a real one")
    start = partial(embedded_system, demo=False) if production else start_of(mode)
    folder = RunFolder(data)
    try:
        with (
            stop_on_signals(),
            start(folder, port=port, for_replay=bool(replay)) as system,
        ):
            if replay:
                system.run("replay", replay, "--data", str(folder.path))
            _welcome(system, demo=not production)
            system.watch()
    except StopRequested:
        print("\nStopped; the data stays in", folder.path)
    except (StartError, PostgresStartError, GaveUpError, ValueError) as error:
        print(error)
        raise typer.Exit(1) from error


def _welcome(system: StartedSystem, *, demo: bool) -> None:
    lines = [
        "",
        "Một Cửa is up.",
        f"  API            {system.address}/v1/...",
        f"  documentation  {system.address}/docs",
        f"  logs           {system.folder.logs}",
    ]
    if demo:
        place = "" if system.folder.path == DEFAULT.absolute() else f" --data {system.folder.path}"
        lines += [
            f"  demo tokens    .venv/bin/motcua token{place}        (one for each role)",
            f"  report         .venv/bin/motcua report{place} --help",
        ]
    print("\n".join([*lines, "Ctrl-C stops it; the data stays."]), flush=True)
