"""`python -m benchmarks`: measure, and print one table."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import acting, events, filing, lag, month, reports
from benchmarks.installation import Installation, installation
from benchmarks.rows import Row

Measurement = Callable[[Installation], Awaitable[list[Row]]]

_MEASUREMENTS: Mapping[str, Measurement] = {
    "filing": filing.measure,
    "acting": acting.measure,
    "lag": lag.measure,
    "events": events.measure,
    "reports": reports.measure,
}


def bench(
    only: Annotated[list[str] | None, typer.Option(help=f"One of {', '.join(_MEASUREMENTS)}.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Less of everything: about a minute.")] = False,
    with_month: Annotated[
        bool, typer.Option("--month", help="Live through the whole month as well: some minutes more.")
    ] = False,
) -> None:
    """Measure speed. Every ratio is of two figures of this run, on this machine and one server."""
    unknown = set(only or ()) - _MEASUREMENTS.keys()
    if unknown:
        raise typer.BadParameter(f"no such measurement: {', '.join(sorted(unknown))}")
    began = time.monotonic()
    rows = asyncio.run(_measure(only or list(_MEASUREMENTS), quick=quick, with_month=with_month))
    # Wide where nobody looks: a narrow column would break every figure in two.
    console = Console(width=None if sys.stdout.isatty() else 150)
    console.print(_table(rows))
    console.print(f"{time.monotonic() - began:.0f} s in all")


async def _measure(names: list[str], *, quick: bool, with_month: bool) -> list[Row]:
    rows = []
    async with installation(quick=quick) as measured:
        for name in names:
            Console(stderr=True).print(f"{name} ...")
            rows += await _MEASUREMENTS[name](measured)
    if with_month:
        rows += await month.measure()
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
