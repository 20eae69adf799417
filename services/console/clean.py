"""`motcua clean`: forget everything a run folder holds."""

from pathlib import Path
from typing import Annotated

import typer

from services.console.folder_lock import FolderInUseError, locked
from services.console.run_folder import DEFAULT, RunFolder


def clean(
    data: Annotated[Path, typer.Option(help="The run folder to remove.")] = DEFAULT,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove a run folder with all its data: dossiers, documents, keys, logs."""
    folder = RunFolder(data)
    if not folder.path.exists():
        return
    if not folder.was_prepared():
        print(f"{folder.path} is no run folder; nothing was removed.")
        raise typer.Exit(1)
    if folder.running_system() is not None:
        print(f"The system runs on {folder.path}; stop it first.")
        raise typer.Exit(1)
    if folder.kafka.exists():
        try:
            with locked(folder.kafka, handover_seconds=0):
                pass
        except FolderInUseError as error:
            print(f"Kafka runs in {folder.kafka} (process {error.owner}); stop it first.")
            raise typer.Exit(1) from error
    if not yes:
        typer.confirm(f"Remove {folder.path} with all its data?", abort=True)
    folder.remove()
