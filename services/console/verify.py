"""`motcua verify`: every figure counted a second time."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.console.embedded_postgres import EmbeddedPostgres
from services.console.failures import CommandError
from services.console.options import AsOf, DataFolder, Format, MetricsFile, Output, read_day
from services.console.run_folder import DEFAULT, RunFolder, RunningSystem
from shared.variables import SERVICES, database_variable

if TYPE_CHECKING:
    from services.console.recount.comparison import Sources, Verdict

_MOST_SHOWN = 50
_REFUSED = 2


def verify(
    start: Annotated[
        date | None,
        typer.Option(
            "--from",
            parser=read_day,
            metavar="DAY",
            help="The first day, like 2023-05-15; without it, the first on which anything happened.",
        ),
    ] = None,
    end: Annotated[
        date | None,
        typer.Option(
            "--to",
            parser=read_day,
            metavar="DAY",
            help="The last day, inclusive; without it, the last on which anything happened.",
        ),
    ] = None,
    as_of: AsOf = None,
    output: Output = Format.TABLE,
    metrics: MetricsFile = None,
    data: DataFolder = DEFAULT,
) -> None:
    """Recount every figure from the histories, and compare.

    The histories of both services are counted by code that shares nothing with the statistics; every hash
    chain is checked, and every appointment computed again. Needs a running demo.

    Ends with 1 on any difference, with 2 when nothing can be compared.
    """
    if start and end and end < start:
        raise typer.BadParameter(f"{end} is before the first day, {start}", param_hint="'--to'")
    verdict = asyncio.run(_verdict(RunFolder(data), start, end, as_of))
    if output is Format.JSON:
        print(json.dumps({**asdict(verdict), "sound": verdict.sound}, default=str, ensure_ascii=False))
    else:
        _print(verdict)
    if metrics is not None:
        from shared.observability.metrics import STATS_RECOUNT_MISMATCH_CELLS
        from shared.observability.textfile import write_textfile

        STATS_RECOUNT_MISMATCH_CELLS.set(verdict.wrong_cells)
        write_textfile(metrics, STATS_RECOUNT_MISMATCH_CELLS)
    raise typer.Exit(0 if verdict.sound else 1)


async def _verdict(
    folder: RunFolder, start: date | None, end: date | None, as_of: datetime | None
) -> "Verdict":
    import aiohttp
    import asyncpg

    from services.console.recount.comparison import verify as recount
    from services.console.recount.histories import first_and_last_day

    system = folder.system()
    try:
        async with _sources(folder, system) as sources:
            days = await first_and_last_day(sources.intake_dsn, sources.processing_dsn)
            if days is None:
                raise CommandError("There is nothing to count: no dossier was ever filed.", status=_REFUSED)
            return await recount(sources, start or days[0], end or days[1], as_of)
    except (OSError, aiohttp.ClientError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError) as error:
        why = f"The system on {folder.path} cannot be reached: {str(error) or type(error).__name__}"
        raise CommandError(why, status=_REFUSED) from error


@asynccontextmanager
async def _sources(folder: RunFolder, system: RunningSystem) -> AsyncIterator["Sources"]:
    import aiohttp

    from services.console.demo_issuer import DemoGrant, mint
    from services.console.recount.comparison import Sources
    from shared.schemas.lifecycle import Role

    environment = folder.environment(EmbeddedPostgres(folder.postgres), demo=True)
    intake, processing, stats = (environment[database_variable(name)] for name in SERVICES)
    token = mint(folder, "verify", DemoGrant(Role.STATISTICS_READER))
    async with aiohttp.ClientSession(system.address, headers={"Authorization": f"Bearer {token}"}) as session:

        async def ask(query: Mapping[str, str]) -> Mapping[str, Any]:
            async with session.get("/v1/reports", params=query) as answer:
                report: Mapping[str, Any] = json.loads(await answer.read())
                if answer.status != 200:
                    raise CommandError(f"The statistics refuse: {report['detail']}.", status=_REFUSED)
                return report

        yield Sources(intake, processing, stats, ask)


def _print(verdict: "Verdict") -> None:
    print(
        f"{verdict.start} to {verdict.end}: {verdict.dossiers:,} histories with {verdict.entries:,} entries, "
        f"{verdict.cells:,} cells, {verdict.figures:,} figures compared."
    )
    for difference in verdict.differences[:_MOST_SHOWN]:
        print(
            f"  {difference.where}: {difference.figure} is {difference.recounted} by the histories,"
            f" {difference.stated} by the statistics"
        )
    for fault in verdict.faults[:_MOST_SHOWN]:
        print(f"  {fault}")
    hidden = len(verdict.differences) + len(verdict.faults) - 2 * _MOST_SHOWN
    if hidden > 0:
        print(f"  ... and up to {hidden} more")
    if verdict.sound:
        print("Everything agrees.")
    else:
        print(f"{len(verdict.differences)} figures differ, {len(verdict.faults)} faults in histories.")
