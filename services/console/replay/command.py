"""`motcua replay`: a published month lived through, dossier by dossier."""

import asyncio
from typing import Annotated

import typer

from services.console.failures import CommandError
from services.console.options import DataFolder, Scenario
from services.console.run_folder import DEFAULT, RunFolder
from services.console.scenario.files import DEFAULT as DEFAULT_SCENARIO

_NOT_AS_EXPECTED = 1
_REFUSED = 2
_INTERRUPTED = 130


def replay(
    scenario: Scenario = DEFAULT_SCENARIO,
    check_only: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Only show how it adds up, what it assumes, and whether it can be lived with the agencies,"
            " procedures and calendar that ship.",
        ),
    ] = False,
    data: DataFolder = DEFAULT,
) -> None:
    """Live through a published month and compare the figures.

    Every dossier is lived over the public API, and the report is held against the print. Business time is
    simulated, so this needs a demo that was started for it: `motcua up --replay`, which calls this. What
    was interrupted goes on where it stopped.

    Ends with 1 when a figure is not as expected, with 2 when the scenario or the system does not let it begin
    or go on.
    """
    from services.console.replay import printing, run
    from services.console.replay.verdict import sound
    from services.console.scenario.arithmetic import ScenarioRefusedError, check
    from services.console.scenario.feasibility import check_feasible
    from services.console.scenario.files import ScenarioFileError, read_scenario
    from services.console.scenario.planner import plan
    from services.console.scenario.pools import CannotPlanError
    from services.console.scenario.shipped import shipped_reference
    from services.console.terminal import console

    out = console()
    try:
        settled = check(read_scenario(scenario))
        if check_only:
            shipped = shipped_reference()
            check_feasible(settled, shipped.tree, shipped.procedures, shipped.calendar)
            printing.print_arithmetic(settled, out)
            printing.print_plan(plan(settled, shipped.procedures, shipped.calendar), out)
            return
        findings = asyncio.run(run.live(settled, RunFolder(data), out))
    except (ScenarioFileError, ScenarioRefusedError, CannotPlanError, run.ReplayStoppedError) as error:
        raise CommandError(str(error), status=_REFUSED) from error
    except KeyboardInterrupt as stopped:
        print("The replay was interrupted; started again on the same data, it goes on where it stopped.")
        raise typer.Exit(_INTERRUPTED) from stopped
    printing.print_verdict(settled, findings, out)
    if not sound(findings):
        raise typer.Exit(_NOT_AS_EXPECTED)
