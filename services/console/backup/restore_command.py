"""`motcua restore`."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.console.failures import CommandError
from services.console.options import DryRun, Format, Output, read_moment
from services.console.run_folder import RunFolder

if TYPE_CHECKING:
    from services.console.backup.restoring import Restored

_MOST_SHOWN = 5


def restore(
    source: Annotated[
        Path,
        typer.Option("--from", help="The folder that backups go to.", exists=True, file_okay=False),
    ],
    to: Annotated[
        Path, typer.Option("--to-data", help="The run folder to make; there must be none.", file_okay=False)
    ],
    moment: Annotated[
        datetime | None,
        typer.Option(
            "--to-time",
            parser=read_moment,
            metavar="MOMENT",
            help="By this machine's clock, like 2026-06-15T08:00:00+07:00; the newest there is without it.",
        ),
    ] = None,
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Bring an installation back to a moment, in a new folder.

    The newest backup before the moment is verified and copied, and the archived log is played on top of it.
    Databases and event log come back to the same moment. What was there is not touched: look at the result
    with `motcua audit verify` and start it with `motcua up`, both with --data.

    Ends with 1 when nothing was restored.

    \b
    Example:
      motcua restore --from /mnt/backups --to-data .run-restored --to-time 2026-06-15T08:00:00+07:00
    """
    from services.console.backup import restoring
    from services.console.backup.place import BackupPlace

    place, folder = BackupPlace(source), RunFolder(to)
    if folder.path.exists():
        raise CommandError(f"{folder.path} exists; a restore makes a new folder and overwrites none.")
    act = restoring.look if dry_run else restoring.restore
    restored = act(place, folder, moment)
    if output is Format.JSON:
        print(json.dumps(asdict(restored), default=str, ensure_ascii=False))
    else:
        _print(restored, folder.path, dry_run=dry_run)


def _print(restored: "Restored", folder: Path, *, dry_run: bool) -> None:
    print(
        f"Backup {restored.base.name}, which is undamaged, with {restored.segments:,} files of log and"
        f" {restored.documents.documents:,} documents."
    )
    if dry_run:
        print("Nothing was changed: this was a dry run.")
        return
    if restored.last_commit is not None:
        print(f"The last change that is there: {restored.last_commit.astimezone().isoformat()}")
    if restored.missing:
        shown = ", ".join(restored.missing[:_MOST_SHOWN])
        more = len(restored.missing) - _MOST_SHOWN
        print(
            f"{len(restored.missing):,} documents that dossiers name had not reached the backups:"
            f" {shown}{f' and {more:,} more' if more > 0 else ''}"
        )
    if restored.base.log != "postgresql":
        print(
            f"THE EVENT LOG IS NOT PART OF IT: it is in {restored.base.log}, and remembers what these"
            " databases have forgotten, so it is refused from now on. Start with a new log, and then run"
            " motcua outbox resend."
        )
    print(f"motcua up --data {folder} runs it.")
