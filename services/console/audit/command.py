"""`motcua audit`: whether anything in the histories was changed after it was written."""

import asyncio
import json
import os
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from services.console.databases import UNREACHABLE, addresses, database_of
from services.console.failures import CommandError
from services.console.options import (
    AsOf,
    DataFolder,
    Format,
    MetricsFile,
    Output,
    group_of_commands,
    read_day,
)
from services.console.run_folder import DEFAULT, RunFolder
from shared.clock import VIETNAM

if TYPE_CHECKING:
    from services.console.audit.chains import Audited

audit = group_of_commands("audit", "Look whether anything was changed that must not be.")

_MOST_SHOWN = 50


@audit.command("verify")
def verify(
    service: Annotated[
        Literal["intake", "processing"] | None,
        typer.Option(help="Only what this service wrote; without it whole histories, across both."),
    ] = None,
    from_code: Annotated[
        str | None,
        typer.Option("--from", metavar="CODE", help="Begin with this dossier, in the order of filing days."),
    ] = None,
    day: Annotated[
        date | None,
        typer.Option(
            parser=read_day, metavar="DAY", help="Only dossiers filed on this day, like 2023-05-15."
        ),
    ] = None,
    as_of: AsOf = None,
    expect: Annotated[
        str | None,
        typer.Option(metavar="DIGEST", help="The digest that an earlier audit printed, for its --as-of."),
    ] = None,
    processes: Annotated[
        int, typer.Option(min=1, max=64, help="How many processes share large histories.")
    ] = min(os.cpu_count() or 1, 4),
    output: Output = Format.TABLE,
    metrics: MetricsFile = None,
    data: DataFolder = DEFAULT,
) -> None:
    """Check every hash chain from its first entry on.

    No entry may be missing, changed or added, and the head of each chain must be the one in the dossier's
    row. The system may be up, and busy. The digest stands for the heads of all chains as they were at a
    moment, of which nothing can be written any more: whoever keeps digest and moment can later see with
    --as-of and --expect that all of it is as it was.

    Ends with 0 when all is as it was written, with 1 for a break or another digest, with 2 when nothing
    could be looked at.

    \b
    Example:
      motcua audit verify
      motcua audit verify --as-of 2023-06-15T00:00:00+07:00 --expect 5f0c...
    """
    if day and from_code:
        raise typer.BadParameter("give a day or the code to begin with, not both", param_hint="'--day'")
    services: tuple[str, ...] = (service,) if service else ("intake", "processing")
    found, up_to = asyncio.run(
        _audited(RunFolder(data), services, from_code, day, as_of, processes=processes)
    )
    digest = _digest(found)
    as_expected = expect is None or digest == expect.lower()
    sound = not found.broken and as_expected
    if output is Format.JSON:
        told = {**asdict(found), "as_of": up_to.isoformat(), "digest": digest, "sound": sound}
        print(json.dumps(told, ensure_ascii=False))
    else:
        _print(found, digest, up_to, as_expected=as_expected, expected=expect)
    _tell_metrics(metrics, services, whole=sound)
    raise typer.Exit(0 if sound else 1)


async def _audited(
    folder: RunFolder,
    services: tuple[str, ...],
    from_code: str | None,
    day: date | None,
    as_of: datetime | None,
    *,
    processes: int,
) -> tuple["Audited", datetime]:
    import asyncpg

    from services.console.audit.chains import Scope
    from services.console.audit.days import audit_all, settled_up_to

    first = day if from_code is None else _filed_on(from_code)
    try:
        with addresses(folder) as environment:
            given = {service: database_of(environment, service) for service in services}
            up_to = as_of or await settled_up_to(given, services) or datetime.now(UTC)
            scope = Scope(services, up_to, first=first, last=day, from_code=from_code)
            return await audit_all(given, scope, processes=processes), up_to
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        why = f"The databases cannot be read: {str(error) or type(error).__name__}"
        raise CommandError(why, status=UNREACHABLE) from error


def _filed_on(code: str) -> date:
    from shared.history import filed_on

    try:
        return filed_on(code)
    except (IndexError, ValueError) as error:
        why = f"'{code}' is no dossier code, like H41.SCT-230515-0001"
        raise typer.BadParameter(why, param_hint="'--from'") from error


def _digest(found: "Audited") -> str:
    from services.console.audit.chains import root_of

    return root_of(found.digests)


def _print(
    found: "Audited", digest: str, up_to: datetime, *, as_expected: bool, expected: str | None
) -> None:
    print(
        f"{found.dossiers:,} histories with {found.entries:,} entries of {len(found.digests):,} filing days."
    )
    for fault in found.faults[:_MOST_SHOWN]:
        print(f"  {fault}")
    if len(found.faults) > _MOST_SHOWN:
        print(f"  ... and {len(found.faults) - _MOST_SHOWN:,} more")
    print(f"Digest of all heads as of {up_to.astimezone(VIETNAM).isoformat()}: {digest}")
    if not as_expected:
        print(f"That is not the digest that was expected: {expected}")
    if found.broken:
        print(f"{found.broken:,} histories are broken; the first: {found.faults[0]}")
    else:
        print("Every chain is whole.")


def _tell_metrics(file: Path | None, services: tuple[str, ...], *, whole: bool) -> None:
    if file is None:
        return
    from shared.observability.metrics import AUDIT_CHAIN_OK
    from shared.observability.textfile import write_textfile

    for service in services:
        AUDIT_CHAIN_OK.labels(service).set(whole)
    write_textfile(file, AUDIT_CHAIN_OK)
