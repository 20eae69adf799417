"""`motcua report`: a period's figures, from the running system."""

import json
import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from services.console.asking import ask
from services.console.failures import CommandError
from services.console.options import AsOf, DataFolder, read_day
from services.console.run_folder import DEFAULT, RunFolder
from shared.schemas.lifecycle import Channel

_NOT_PUBLISHABLE = 1


class By(StrEnum):
    """What the rows are."""

    AGENCY = "agency"
    FIELD = "field"
    PROCEDURE = "procedure"
    CHANNEL = "channel"
    DESK = "desk"


class Format(StrEnum):
    """How the report is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def report(
    first: Annotated[
        date,
        typer.Option("--from", parser=read_day, metavar="DAY", help="The first day, like 2023-05-15."),
    ],
    last: Annotated[
        date, typer.Option("--to", parser=read_day, metavar="DAY", help="The last day, inclusive.")
    ],
    agency: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only this agency, with all below it.")
    ] = None,
    desk: Annotated[str | None, typer.Option(metavar="CODE", help="Only what this desk took in.")] = None,
    field: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only this field (lĩnh vực), as the catalogue writes it."),
    ] = None,
    procedure: Annotated[str | None, typer.Option(metavar="CODE", help="Only this procedure.")] = None,
    channel: Annotated[Channel | None, typer.Option(help="Only this channel.")] = None,
    by: Annotated[By | None, typer.Option(help="Split into rows.")] = None,
    as_of: AsOf = None,
    output: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TABLE,
    address: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where the system answers; without it, the run folder's."),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(help="A file with an access token; a demo needs none.", exists=True, dir_okay=False),
    ] = None,
    data: DataFolder = DEFAULT,
) -> None:
    """Print the report of a period.

    It has every figure, the percentages, and which identity breaks, if any. Ends with 1 when an identity
    breaks: then nobody may publish the report. Ends with 2 when there is none.

    \b
    Example:
      motcua report --from 2023-05-15 --to 2023-06-14 --by agency
    """
    asked = {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "agency": agency,
        "desk": desk,
        "field": field,
        "procedure": procedure,
        "channel": channel,
        "by": by,
        "as_of": as_of.isoformat() if as_of else None,
    }
    parameters = {name: value for name, value in asked.items() if value is not None}
    folder = RunFolder(data)
    place = folder.system().address if address is None else address
    document = ask(place, "/v1/reports", parameters, _token(folder, token_file))
    _print(document, output)
    if not document["publishable"]:
        raise typer.Exit(_NOT_PUBLISHABLE)


def _token(folder: RunFolder, token_file: Path | None) -> str:
    if token_file is not None:
        return token_file.read_text().strip()
    from services.console.demo_issuer import DemoGrant, mint
    from shared.schemas.lifecycle import Role

    if not folder.public_token_keys.exists():
        why = f"No demo was ever started on {folder.path}; name a token with --token-file."
        raise CommandError(why, status=2)
    return mint(folder, "demo-statistics_reader", DemoGrant(Role.STATISTICS_READER), hours=0.1)


def _print(document: dict[str, Any], output: Format) -> None:
    from services.console import report_printing
    from services.console.terminal import console

    match output:
        case Format.JSON:
            print(json.dumps(document, ensure_ascii=False, indent=2))
        case Format.CSV:
            report_printing.write_csv(document, sys.stdout)
        case Format.TABLE:
            report_printing.print_table(document, console())
