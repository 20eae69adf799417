"""`motcua report`: a period's figures, from the running system."""

import asyncio
import json
import sys
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from services.console.failures import CommandError
from services.console.options import DataFolder
from services.console.run_folder import DEFAULT, RunFolder

_NOT_PUBLISHABLE = 1


class ReportRefusedError(CommandError):
    """There is no report."""

    def __init__(self, why: str) -> None:
        super().__init__(why, status=2)


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
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], metavar="DAY", help="First day, 2023-05-15.")
    ],
    last: Annotated[
        datetime, typer.Option("--to", formats=["%Y-%m-%d"], metavar="DAY", help="Last day, inclusive.")
    ],
    agency: Annotated[str | None, typer.Option(help="An agency's code, with all below it.")] = None,
    field: Annotated[str | None, typer.Option(help="A field (lĩnh vực), as the catalogue writes it.")] = None,
    procedure: Annotated[str | None, typer.Option(help="A procedure's code.")] = None,
    channel: Annotated[str | None, typer.Option(help="counter, online or postal.")] = None,
    by: Annotated[By | None, typer.Option(help="Split into rows.")] = None,
    as_of: Annotated[
        str | None,
        typer.Option(help="As it was known at a moment, like 2023-06-15T08:00:00+07:00.", metavar="MOMENT"),
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TABLE,
    address: Annotated[
        str | None, typer.Option(help="Where the system answers; the run folder's system without it.")
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(help="A file with an access token; a demo needs none.", exists=True, dir_okay=False),
    ] = None,
    data: DataFolder = DEFAULT,
) -> None:
    """Print the report of a period: every figure, percentages, and which identity breaks, if any.

    Ends with 1 when an identity breaks: then nobody may publish the report. Ends with 2 when there is none.

    Example: motcua report --from 2023-05-15 --to 2023-06-14 --by agency
    """
    asked = {
        "from": first.date().isoformat(),
        "to": last.date().isoformat(),
        "agency": agency,
        "field": field,
        "procedure": procedure,
        "channel": channel,
        "by": by.value if by else None,
        "as_of": as_of,
    }
    parameters = {name: value for name, value in asked.items() if value is not None}
    document = ask(RunFolder(data), "/v1/reports", parameters, address=address, token_file=token_file)
    _print(document, output)
    if not document["publishable"]:
        raise typer.Exit(_NOT_PUBLISHABLE)


def ask(
    folder: RunFolder,
    path: str,
    parameters: Mapping[str, str],
    *,
    address: str | None = None,
    token_file: Path | None = None,
) -> dict[str, Any]:
    """GET from the running system as a reader of statistics. Ends the command when it refuses."""
    if address is None:
        address = folder.system().address
    status, document = asyncio.run(_get(address.rstrip("/") + path, parameters, _token(folder, token_file)))
    if status != 200:
        named = document.get("field") or ", ".join(one["pointer"] for one in document.get("errors") or ())
        line = f"Refused ({status}): {document['detail']}{f' [{named}]' if named else ''}"
        raise ReportRefusedError(line)
    return document


def _token(folder: RunFolder, token_file: Path | None) -> str:
    if token_file is not None:
        return token_file.read_text().strip()
    from services.console.demo_issuer import DemoGrant, mint
    from shared.schemas.lifecycle import Role

    if not folder.public_token_keys.exists():
        raise ReportRefusedError(f"no demo was ever started on {folder.path}; name a token with --token-file")
    return mint(folder, "demo-statistics_reader", DemoGrant(Role.STATISTICS_READER), hours=0.1)


async def _get(url: str, parameters: Mapping[str, str], token: str) -> tuple[int, dict[str, Any]]:
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=60)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(url, params=parameters, headers={"Authorization": f"Bearer {token}"}) as answer,
        ):
            # No content type is demanded: a problem is JSON too.
            document: dict[str, Any] = json.loads(await answer.read())
            return answer.status, document
    except aiohttp.InvalidURL as error:
        raise ReportRefusedError(f"{url} is no address; write it like http://127.0.0.1:8000") from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise ReportRefusedError(f"{url} does not answer: {str(error) or 'no answer in time'}") from error
    except ValueError as error:
        raise ReportRefusedError(f"{url} answers something else than this system does") from error


def _print(document: dict[str, Any], output: Format) -> None:
    from services.console import report_printing

    match output:
        case Format.JSON:
            print(json.dumps(document, ensure_ascii=False, indent=2))
        case Format.CSV:
            report_printing.write_csv(document, sys.stdout)
        case Format.TABLE:
            report_printing.print_table(document)
