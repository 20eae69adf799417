"""`python -m faults`: break the system in every way, and print what was lost and what was counted twice."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from faults.suite import CONTROLS, FAULTS, IN_KAFKA, IN_POSTGRES, Verdict, run
from faults.table import findings_of, table
from faults.trial import FULL, SHORT, Scale

_ALL = [*FAULTS, *CONTROLS]
# Where nobody looks: a narrow column would break every line in two.
_WIDTH = 180


class Logs(StrEnum):
    """Where the event log lies."""

    POSTGRES = "postgres"
    KAFKA = "kafka"
    BOTH = "both"


def faults(
    only: Annotated[str | None, typer.Option(help=f"Some of {','.join(_ALL)}.")] = None,
    log: Annotated[Logs, typer.Option(help="Where the event log lies.")] = Logs.BOTH,
    kills: Annotated[int | None, typer.Option(min=1, help="How often what is repeated is.")] = None,
    crashes: Annotated[int | None, typer.Option(min=1, help="How often at each crash point.")] = None,
    seconds: Annotated[float | None, typer.Option(min=1, help="How long what lasts is let last.")] = None,
    seed: Annotated[int, typer.Option(help="What is left to chance follows from it.")] = 1,
    short: Annotated[bool, typer.Option("--short", help="As inside the tests.")] = False,
) -> None:
    """Run the fault suite. Ends with 1 when an invariant is broken, or a deliberate bug is not found."""
    names = only.split(",") if only else _ALL
    if unknown := set(names) - set(_ALL):
        raise typer.BadParameter(f"no such fault: {', '.join(sorted(unknown))}")
    scale = _scale(SHORT if short else FULL, kills, crashes, seconds)
    verdicts = uvloop.run(_run(names, log, scale, seed))
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    console.print(table(verdicts))
    raise typer.Exit(0 if verdicts and all(verdict.passed for verdict in verdicts) else 1)


def _scale(scale: Scale, kills: int | None, crashes: int | None, seconds: float | None) -> Scale:
    return replace(
        scale,
        kills=kills or scale.kills,
        crashes=crashes or scale.crashes,
        seconds=seconds or scale.seconds,
    )


async def _run(names: Sequence[str], log: Logs, scale: Scale, seed: int) -> list[Verdict]:
    told = Console(stderr=True, width=None if sys.stderr.isatty() else _WIDTH)
    verdicts = []
    for kafka, known in ((False, [*IN_POSTGRES, *CONTROLS]), (True, IN_KAFKA)):
        if log is (Logs.POSTGRES if kafka else Logs.KAFKA):
            continue
        chosen = [name for name in names if name in known]
        async for verdict in run(chosen, scale, seed=seed, kafka=kafka):
            told.print(table([verdict]))
            for line in findings_of([verdict]):
                told.print(line, markup=False)
            verdicts.append(verdict)
    return verdicts


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(faults)
    app()
