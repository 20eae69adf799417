"""`python -m faults`: break the system in every way, and print what was lost and what was counted twice."""

import asyncio
import sys
from dataclasses import replace
from typing import Annotated

import typer
from rich.console import Console

from faults.suite import CONTROLS, FAULTS, Verdict, run
from faults.table import findings_of, table
from faults.trial import FULL, SHORT, Scale

_ALL = [*FAULTS, *CONTROLS]


def faults(
    only: Annotated[str | None, typer.Option(help=f"Some of {','.join(_ALL)}.")] = None,
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
    verdicts = asyncio.run(_run(names, scale, seed))
    # Wide where nobody looks: a narrow column would break every line in two.
    console = Console(width=None if sys.stdout.isatty() else 150)
    console.print(table(verdicts))
    for line in findings_of(verdicts):
        console.print(line, markup=False)
    raise typer.Exit(0 if all(verdict.passed for verdict in verdicts) else 1)


def _scale(scale: Scale, kills: int | None, crashes: int | None, seconds: float | None) -> Scale:
    return replace(
        scale,
        kills=kills or scale.kills,
        crashes=crashes or scale.crashes,
        seconds=seconds or scale.seconds,
    )


async def _run(names: list[str], scale: Scale, seed: int) -> list[Verdict]:
    told = Console(stderr=True)
    verdicts = []
    async for verdict in run(names, scale, seed=seed):
        row = verdict.row
        told.print(f"{row.name} {row.title}: {'as it must be' if verdict.passed else 'NOT as it must be'}")
        verdicts.append(verdict)
    return verdicts


if __name__ == "__main__":
    typer.run(faults)
