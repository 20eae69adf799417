"""`motcua projection`: what is derived from events, made anew."""

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from services.console.databases import UNREACHABLE, addresses, database_of
from services.console.failures import CommandError
from services.console.options import DataFolder, DryRun, Format, Output, group_of_commands
from services.console.run_folder import DEFAULT, LOG_VARIABLE, RunFolder

if TYPE_CHECKING:
    from services.stats_service.rebuild import Rebuilt

projection = group_of_commands("projection", "Make anew what is derived from events.")

_MOST_SHOWN = 50


@projection.command("rebuild")
def rebuild(
    what: Annotated[Literal["stats"], typer.Argument(help="Whose projection; others have none.")] = "stats",
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
    data: DataFolder = DEFAULT,
) -> None:
    """Make the statistics anew from the log, and put right what differs.

    Everything goes on meanwhile: the log is read from its beginning into tables that nobody sees, these are
    compared with the live ones, and what differs is put right in one moment. What was counted wrongly is
    corrected by further entries: closed periods keep their figures and list the corrections. It may be
    broken off at any time, and then nothing has changed.

    Ends with 0 when all agrees or was put right, with 1 when --dry-run found differences or the log does
    not tell all that the statistics know, with 2 when nothing could be compared.

    \b
    Example:
      motcua projection rebuild --dry-run
    """
    rebuilt = asyncio.run(_rebuilt(RunFolder(data), what, dry_run=dry_run))
    if output is Format.JSON:
        print(json.dumps({**asdict(rebuilt), "agrees": rebuilt.agrees}, ensure_ascii=False))
    else:
        _print(rebuilt)
    raise typer.Exit(0 if rebuilt.agrees or rebuilt.applied else 1)


async def _rebuilt(folder: RunFolder, what: str, *, dry_run: bool) -> "Rebuilt":
    import asyncpg

    from services.console.projection.progress import shown
    from services.stats_service.adapters.anew.aside import NotAllowedError, SessionLostError
    from services.stats_service.rebuild import RebuildError, rebuild
    from shared.log.port import LogUnavailableError, UnknownStreamError
    from shared.observability.logging import configure_logging

    # What the reading tells of events that were given up belongs on stderr, whatever reads stdout.
    configure_logging("projection rebuild")
    try:
        with addresses(folder) as environment, shown() as tell:
            return await rebuild(
                database_of(environment, what), environment[LOG_VARIABLE], tell, dry_run=dry_run
            )
    except SessionLostError as error:
        why = "The connection to the database broke. Nothing was changed; try again."
        raise CommandError(why, status=UNREACHABLE) from error
    except (RebuildError, NotAllowedError) as error:
        raise CommandError(f"It cannot be done: {error}.", status=UNREACHABLE) from error
    except UnknownStreamError as error:
        raise CommandError(f"The log has no stream {error}.", status=UNREACHABLE) from error
    except (LogUnavailableError, OSError, asyncpg.PostgresError) as error:
        why = str(error) or type(error).__name__
        raise CommandError(f"The system cannot be reached: {why}", status=UNREACHABLE) from error


def _print(rebuilt: "Rebuilt") -> None:
    print(f"{rebuilt.dossiers:,} dossiers with {rebuilt.events:,} events were read from the log.")
    for change in rebuilt.changes[:_MOST_SHOWN]:
        counted = ", ".join(f"{name} {n:+d}" for name, n in change.counters.items()) or "only days or moments"
        place = " / ".join(change.cell)
        print(f"  {place}, from {change.since} on: {counted} ({change.dossiers:,} dossiers)")
    if len(rebuilt.changes) > _MOST_SHOWN:
        print(f"  ... and {len(rebuilt.changes) - _MOST_SHOWN:,} more cells")
    for code in rebuilt.unknown[:_MOST_SHOWN]:
        print(f"  {code}: the statistics know events that the log does not tell")
    if rebuilt.agrees:
        print("The statistics say the same.")
        return
    print(
        f"{rebuilt.differing:,} dossiers are counted otherwise in {len(rebuilt.changes):,} cells,"
        f" {rebuilt.wrong_sums:,} scopes have wrong sums."
    )
    if rebuilt.applied:
        print("It was put right.")
    elif rebuilt.unknown:
        print(
            f"The log does not tell all of {len(rebuilt.unknown):,} dossiers: it was made anew, or lost"
            " something. Nothing was changed."
        )
    else:
        print("Nothing was changed: this was a dry run.")
