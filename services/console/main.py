"""The command line `motcua`.

Each command is the function of its name, or the group of commands of its name, in a module of its own, which
is imported when the command is wanted: the one that stays, `up`, carries nothing of the others.
"""

import io
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from services.console.failures import CommandError
from services.console.secret_files import FOLDER_VARIABLE, take_in_secret_files

# In the order in which a newcomer meets them.
_MODULES: Mapping[str, str] = {
    "up": "up",
    "replay": "replay.command",
    "month": "month",
    "report": "report",
    "token": "token",
    "migrate": "database_commands",
    "seed": "database_commands",
    "verify": "verify",
    "audit": "audit.command",
    "outbox": "outbox.command",
    "parked": "parked.command",
    "projection": "projection.command",
    "reconcile": "reconcile.command",
    "backup": "backup.command",
    "restore": "backup.restore_command",
    "serve": "serve",
    "work": "work",
    "kafka": "kafka.command",
    "clean": "clean",
}


class _CommandsOnDemand(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return list(_MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in _MODULES:
            return None
        found = getattr(import_module(f"services.console.{_MODULES[cmd_name]}"), cmd_name)
        if isinstance(found, typer.Typer):
            return typer.main.get_command(found)
        command = typer.Typer(add_completion=False, rich_markup_mode=None)
        command.command(cmd_name)(found)
        return typer.main.get_command(command)

    def invoke(self, ctx: Any) -> Any:
        """Whatever the person can mend is told in a line; every other failure is ours, and a traceback."""
        try:
            return super().invoke(ctx)
        except CommandError as error:
            print(error, file=sys.stderr)
            raise typer.Exit(error.status) from error
        except OSError as error:
            if error.filename is None:
                raise
            print(f"{error.filename}: {error.strerror}", file=sys.stderr)
            raise typer.Exit(1) from error


app = typer.Typer(
    name="motcua",
    cls=_CommandsOnDemand,
    epilog="New here? `motcua up` brings everything up, and then http://127.0.0.1:8000/docs shows the calls.",
    no_args_is_help=True,
    context_settings={"max_content_width": 110},
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def _motcua() -> None:
    """Một Cửa: a provincial public administration service center, from filing to report."""
    # Whoever follows a log sees each line when it is written, as in a terminal.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    try:
        take_in_secret_files()
    except OSError as error:
        raise CommandError(f"{FOLDER_VARIABLE}: {error.filename}: {error.strerror}") from error


if __name__ == "__main__":
    app()
