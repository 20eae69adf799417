"""`motcua backup`."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.console.databases import UNREACHABLE, own_server
from services.console.failures import CommandError
from services.console.options import DataFolder, DryRun, Format, MetricsFile, Output
from services.console.run_folder import DEFAULT, RunFolder, given_addresses

if TYPE_CHECKING:
    from services.console.backup.taking import Taken

_MEGABYTE = 1_000_000


def backup(
    to: Annotated[
        Path,
        typer.Option(
            help="Where backups of this installation are kept, best on another disk.", file_okay=False
        ),
    ],
    keep: Annotated[
        int | None, typer.Option(min=1, help="Remove all but so many, and the log that only they needed.")
    ] = None,
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
    metrics: MetricsFile = None,
    data: DataFolder = DEFAULT,
) -> None:
    """Copy everything to a backup place, and verify the copy.

    That is databases, event log, documents and keys. The system may be up, and busy. Documents are copied
    once. With `motcua up --archive FOLDER` every later moment can be restored too (`motcua restore --help`);
    without, only that of a backup. The copy holds the sealing key: keep it as closed as the installation.

    Ends with 1 when there is no backup, with 2 when the databases are not ours to copy.

    \b
    Example:
      motcua backup --to /mnt/backups --keep 7
    """
    from services.console.backup import taking
    from services.console.backup.place import BackupPlace

    if given_addresses():
        why = "Databases that the environment names are backed up where they are: pgBackRest, CloudNativePG"
        raise CommandError(
            f"{why} or what else their servers have; see docs/operations.md.", status=UNREACHABLE
        )
    folder, place = RunFolder(data), BackupPlace(to)
    with own_server(folder) as server:
        taken = taking.look(folder, server, place) if dry_run else taking.take(folder, server, place)
    removed = [] if keep is None or dry_run else taking.drop_all_but(place, keep)
    if output is Format.JSON:
        print(json.dumps({**asdict(taken), "removed": removed}, default=str, ensure_ascii=False))
    else:
        _print(taken, place.path, removed)
    if metrics is not None and taken.base is not None:
        from shared.observability.metrics import BACKUP_COMPLETED
        from shared.observability.textfile import write_textfile

        BACKUP_COMPLETED.set(taken.base.ended.timestamp())
        write_textfile(metrics, BACKUP_COMPLETED)


def _print(taken: "Taken", place: Path, removed: Sequence[str]) -> None:
    parts = (
        f"{taken.bytes / _MEGABYTE:,.0f} MB of databases and {taken.documents.documents:,} new documents"
        f" ({taken.documents.bytes / _MEGABYTE:,.0f} MB)"
    )
    if taken.base is None:
        print(f"{parts} would be copied to {place}. Nothing was changed: this was a dry run.")
    else:
        print(f"{parts} were copied to {place} and verified: backup {taken.base.name}.")
    for name in removed:
        print(f"Backup {name} was removed.")
    if taken.archived:
        print("The log is archived there: any moment from the end of a backup on can be restored.")
    else:
        print(
            "The log is not archived there, so only the moment of a backup can be restored; to change that,"
        )
        print(f"start the system with --archive {place}")
    print(f"{place / 'keys'} holds the sealing key: whoever has the folder can read personal data.")
