"""`motcua clean`: forget everything a run folder holds."""

import contextlib
from collections.abc import Iterator
from typing import Annotated

import typer

from services.console.failures import CommandError
from services.console.folder_lock import FolderInUseError, locked
from services.console.options import DataFolder
from services.console.run_folder import DEFAULT, RunFolder


def clean(
    data: DataFolder = DEFAULT,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove a run folder: dossiers, documents, keys and logs."""
    folder = RunFolder(data)
    if folder.path.is_symlink():
        raise CommandError(f"{folder.path} is a link; name the folder it leads to: {folder.path.resolve()}")
    if not folder.path.exists():
        print(f"There is no {folder.path}; nothing was removed.")
        return
    if not folder.was_prepared():
        raise CommandError(f"{folder.path} is no run folder; nothing was removed.")
    with folder.claimed(), _without_kafka(folder):
        if not yes:
            typer.confirm(f"Remove {folder.path} with all its data?", abort=True)
        folder.remove()


@contextlib.contextmanager
def _without_kafka(folder: RunFolder) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        if folder.kafka.exists():
            try:
                stack.enter_context(locked(folder.kafka, handover_seconds=0))
            except FolderInUseError as error:
                why = f"Kafka runs in {folder.kafka} (process {error.owner})"
                raise CommandError(f"{why}; stop it first.") from error
        yield
