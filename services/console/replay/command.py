"""`motcua replay`: a published month lived through, dossier by dossier."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from services.console.run_folder import DEFAULT, RunFolder
from services.console.scenario.files import DEFAULT as DEFAULT_SCENARIO

_NOT_AS_EXPECTED = 1
_REFUSED = 2


def replay(
    scenario: Annotated[
        str, typer.Argument(help="A scenario that ships, by name, or a file.")
    ] = DEFAULT_SCENARIO,
    check_only: Annotated[
        bool, typer.Option("--check", help="Only show how it adds up, and what it assumes.")
    ] = False,
    data: Annotated[Path, typer.Option(help="The run folder.")] = DEFAULT,
) -> None:
    """Live through a published month over the public API, and compare the report with the print.

    Business time is simulated, so this needs a demo that was started for it: `motcua up --replay`, which
    calls this. What was interrupted goes on where it stopped. Ends with 1 when a figure is not as expected,
    with 2 when the scenario or the system does not let it begin or go on.
    """
    from rich.console import Console

    from services.console.replay import printing, run
    from services.console.replay.verdict import sound
    from services.console.scenario.arithmetic import ScenarioRefusedError, check
    from services.console.scenario.files import ScenarioFileError, read_scenario

    console = Console()
    try:
        settled = check(read_scenario(scenario))
        if check_only:
            printing.print_arithmetic(settled, console)
            return
        findings = asyncio.run(run.live(settled, RunFolder(data), console))
    except (ScenarioFileError, ScenarioRefusedError, run.ReplayStoppedError) as error:
        console.print(str(error), style="bold red", markup=False, highlight=False)
        raise typer.Exit(_REFUSED) from error
    printing.print_verdict(settled, findings, console)
    if not sound(findings):
        raise typer.Exit(_NOT_AS_EXPECTED)
