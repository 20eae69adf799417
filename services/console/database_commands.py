"""`motcua migrate` and `motcua seed`."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Annotated

import typer

from services.console.embedded_postgres import EmbeddedPostgres
from services.console.options import DataFolder
from services.console.run_folder import DEFAULT, RunFolder, create_databases, given_addresses
from services.console.start_check import check_settings

Production = Annotated[bool, typer.Option("--production", help="The databases are no demo's.")]


def migrate(data: DataFolder = DEFAULT, production: Production = False) -> None:
    """Bring the tables of all services up to date.

    `motcua up` does this by itself. It is for databases that `MOTCUA_<SERVICE>_DATABASE_URL` and
    `MOTCUA_LOG_URL` name, and for a run folder that is not up. The streams of the log are made too.
    """
    from services.console import preparation

    folder = RunFolder(data)
    with _databases(folder, demo=not production) as environment:
        preparation.migrate(environment, overtaken_logs=folder.overtaken_logs())
    print("The tables of all services are up to date.")


def seed(data: DataFolder = DEFAULT, production: Production = False) -> None:
    """Load the procedures, agencies and calendar that are missing.

    What an administrator has changed stays as it is.
    """
    from services.console import preparation

    with _databases(RunFolder(data), demo=not production) as environment:
        published = preparation.seed_reference_data(environment)
    print(f"{published} entries were loaded; the others were there.")


@contextlib.contextmanager
def _databases(folder: RunFolder, *, demo: bool) -> Iterator[Mapping[str, str]]:
    elsewhere = given_addresses() and not demo
    expected = os.environ if elsewhere else folder.expected_environment(demo=demo)
    check_settings(expected, demo=demo, databases_only=True)
    if elsewhere:
        yield os.environ  # nothing of it is this machine's
        return
    server = EmbeddedPostgres(folder.postgres)
    folder.prepare()
    if given_addresses() or folder.running_system() is not None:
        yield folder.environment(server, demo=demo)
        return
    with server:
        create_databases(server)
        yield folder.environment(server, demo=demo)
