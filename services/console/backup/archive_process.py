"""What keeps a backup place up to date while the system is up: the log, documents and keys as they come."""

import sys
import time
from pathlib import Path

from services.console.backup.archive import begin_run, streaming
from services.console.backup.documents import CorruptDocumentError, Documents
from services.console.backup.keys import copy_keys
from services.console.backup.place import BackupPlace
from services.console.embedded import StopRequested, stop_on_signals
from services.console.embedded_postgres import EmbeddedPostgres
from services.console.run_folder import RunFolder
from services.console.supervisor import Patience, Supervisor

_POLL_SECONDS = 0.5
# A disk may be full, or away, for hours: the system goes on, and the server keeps what is missing.
_PATIENCE = Patience(longest_pause_seconds=15, attempts=1_000)


def main(folder: RunFolder, place: BackupPlace) -> None:
    """Run until SIGTERM."""
    server = EmbeddedPostgres(folder.postgres)
    run = begin_run(server, place)
    print(f"The log is archived in {run}.", flush=True)
    documents = Documents(folder.documents, place.documents, by="archive")
    supervisor = Supervisor([streaming(server, run, folder.logs / "archive.log")], patience=_PATIENCE)
    problem = ""
    try:
        supervisor.start()
        while True:
            supervisor.check()
            before, problem = problem, _copy(folder, place, documents)
            if problem != before:
                print(problem or "Documents are archived again.", flush=True)
            time.sleep(_POLL_SECONDS)
    finally:
        supervisor.stop()
        _copy(folder, place, documents)


def _copy(folder: RunFolder, place: BackupPlace, documents: Documents) -> str:
    """Why documents cannot be copied now, if so. They are later, and no backup is whole without them."""
    try:
        copy_keys(folder, place.keys)
        documents.copy()
    except (OSError, CorruptDocumentError) as error:
        return f"Documents cannot be archived: {error}"
    return ""


if __name__ == "__main__":
    try:
        with stop_on_signals():
            main(RunFolder(Path(sys.argv[1])), BackupPlace(Path(sys.argv[2])))
    except StopRequested:
        pass
