"""`motcua reconcile`: whether partners show what we know, dossier by dossier."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from services.console.databases import UNREACHABLE, database_of, reached
from services.console.failures import CommandError
from services.console.options import DataFolder, Format, Output, group_of_commands, read_day
from services.console.partners import told_of_partners
from services.console.run_folder import DEFAULT, RunFolder

if TYPE_CHECKING:
    from services.processing_service.application.portal.reconciling import Reconciliation
    from services.processing_service.settings import PortalAccount

reconcile = group_of_commands("reconcile", "Compare what partners show with what we know.")

_MOST_SHOWN = 50
_SERVICE = "processing"

_Day = Annotated[
    date | None,
    typer.Option("--day", parser=read_day, metavar="DAY", help="Dossiers filed on this day only; else all."),
]
_Repair = Annotated[
    bool, typer.Option("--repair", help="Tell the partner again of what differs, and compare once more.")
]


@reconcile.command("portal")
def portal(
    day: _Day = None, repair: _Repair = False, output: Output = Format.TABLE, data: DataFolder = DEFAULT
) -> None:
    """Hold every dossier that the national portal shows against what it is to show.

    Both ways: what the portal lacks, and what it has and we do not. Status, dates and the number of steps
    are compared; each difference is told with its class. Dossiers that the portal is just being told of are
    counted and not compared. --repair needs the system to be up: its workers do the telling.

    Ends with 0 when nothing differs, with 1 when something does, with 2 when nothing could be compared.

    \b
    Example:
      motcua reconcile portal --day 2023-05-15
    """
    folder = RunFolder(data)
    account = _account(told_of_partners(folder))
    with reached(folder) as environment:
        dsn = database_of(environment, _SERVICE)
        found = asyncio.run(_compared(dsn, account, day))
        if repair and found.differences:
            _print(found, output)
            found = asyncio.run(_repaired(dsn, account, day, found))
    _print(found, output)
    raise typer.Exit(1 if found.differences else 0)


async def _compared(dsn: str, account: "PortalAccount", day: date | None) -> "Reconciliation":
    from services.processing_service.application.portal.ports import PortalAwayError, PortalUnclearError
    from services.processing_service.reconcile import reconcile_portal

    try:
        return await reconcile_portal(dsn, account, day)
    except (PortalAwayError, PortalUnclearError) as error:
        raise CommandError(f"The portal does not answer: {error}.", status=UNREACHABLE) from error


async def _repaired(
    dsn: str, account: "PortalAccount", day: date | None, found: "Reconciliation"
) -> "Reconciliation":
    from services.processing_service.reconcile import repair_portal

    if untold := await repair_portal(dsn, found):
        raise CommandError(f"{untold:,} dossiers are still untold; is a worker of processing up?")
    return await _compared(dsn, account, day)


def _account(environment: Mapping[str, str]) -> "PortalAccount":
    from services.processing_service.settings import PortalAccount
    from shared.variables import own_prefix

    prefix = f"{own_prefix(_SERVICE)}PORTAL_"
    told = {
        name.removeprefix(prefix).lower(): value
        for name, value in environment.items()
        if name.startswith(prefix)
    }
    if missing := [name for name in ("url", "user", "password") if not told.get(name)]:
        names = ", ".join(f"{prefix}{name.upper()}" for name in missing)
        raise CommandError(f"No portal is named: {names} must be set.", status=UNREACHABLE)
    return PortalAccount.model_validate(told)


def _print(found: "Reconciliation", output: Format) -> None:
    if output is Format.JSON:
        told = [difference.model_dump(mode="json") for difference in found.differences]
        print(json.dumps({"compared": found.compared, "pending": found.pending, "differences": told}))
        return
    for difference in found.differences[:_MOST_SHOWN]:
        print(f"  {difference.code}  {difference.kind}: {difference.ours} here, {difference.theirs} there")
    if len(found.differences) > _MOST_SHOWN:
        print(f"  ... and {len(found.differences) - _MOST_SHOWN:,} more")
    kinds = Counter(difference.kind for difference in found.differences)
    classes = f" ({', '.join(f'{kind} {count:,}' for kind, count in sorted(kinds.items()))})" if kinds else ""
    print(
        f"{found.compared:,} dossiers compared, {found.pending:,} under way:"
        f" {len(found.differences):,} differences{classes}."
    )
