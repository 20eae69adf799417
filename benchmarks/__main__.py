"""`python -m benchmarks`: measure, and print one table."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import acting, events, filing, statistics
from benchmarks.installation import Installation, installation
from benchmarks.rows import Row

Measurement = Callable[[Installation], Awaitable[list[Row]]]

_MEASUREMENTS: Mapping[str, Measurement] = {
    "filing": filing.measure,
    "acting": acting.measure,
    "events": events.measure,
    "statistics": statistics.measure,
}


def bench(
    only: Annotated[list[str] | None, typer.Option(help=f"One of {', '.join(_MEASUREMENTS)}.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Less of everything: under a minute.")] = False,
) -> None:
    """Measure speed. Every ratio is of two figures of this run, on this machine and one server."""
    unknown = set(only or ()) - _MEASUREMENTS.keys()
    if unknown:
        raise typer.BadParameter(f"no such measurement: {', '.join(sorted(unknown))}")
    began = time.monotonic()
    rows = asyncio.run(_measure(only or list(_MEASUREMENTS), quick=quick))
    Console().print(_table(rows))
    Console().print(f"{time.monotonic() - began:.0f} s in all")


async def _measure(names: list[str], *, quick: bool) -> list[Row]:
    rows = []
    async with installation(quick=quick) as measured:
        for name in names:
            Console(stderr=True).print(f"{name} ...")
            rows += await _MEASUREMENTS[name](measured)
    return rows


def _table(rows: list[Row]) -> Table:
    table = Table(title="Measured in one run, on one machine and server")
    for heading in ("what", "figure", "behind it", "goal", ""):
        table.add_column(heading)
    for row in rows:
        verdict = {True: "reached", False: "[bold]missed[/bold]", None: ""}[row.reached]
        table.add_row(row.what, row.figure, row.behind, row.goal, verdict)
    return table


if __name__ == "__main__":
    typer.run(bench)
