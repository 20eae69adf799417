"""`motcua parked`: what a person does about messages that a service could not handle."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from services.console.databases import reached
from services.console.options import DataFolder, DryRun, Format, Output, group_of_commands
from services.console.run_folder import DEFAULT, RunFolder
from services.console.serve import ServiceName
from shared.variables import SERVICES

if TYPE_CHECKING:
    from services.console.parked.decisions import Engines, Parked

_Found = TypeVar("_Found")

parked = group_of_commands("parked", "Decide about messages that a service could not handle.")

_WHOSE = typer.Argument(metavar="SERVICE", help="Whose: intake, processing or stats.")
_SUBJECTS = typer.Argument(metavar="DOSSIER...", help="Codes of dossiers, or what else the list shows.")


@parked.command("list")
def list_parked(
    service: Annotated[ServiceName | None, _WHOSE] = None,
    dropped: Annotated[bool, typer.Option("--dropped", help="Show what was given up instead.")] = False,
    output: Output = Format.TABLE,
    data: DataFolder = DEFAULT,
) -> None:
    """Show what waits for a person, and why.

    A parked message holds the later events of its dossier; those of others flow. Without SERVICE, those of
    every service are shown.

    \b
    Example:
      motcua parked list stats
    """
    from services.console.parked.decisions import parked_by

    whose = [service] if service else SERVICES
    rows = _with_engines(data, lambda engines: parked_by(engines, whose, dropped=dropped))
    if output is Format.JSON:
        print(json.dumps([asdict(one) for one in rows], default=str, ensure_ascii=False))
    elif rows:
        _print(rows)
    else:
        print("Nothing was given up." if dropped else "Nothing is parked.")


@parked.command("replay")
def replay(
    service: Annotated[ServiceName, _WHOSE],
    subjects: Annotated[list[str] | None, _SUBJECTS] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that the service has parked.")] = False,
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
    data: DataFolder = DEFAULT,
) -> None:
    """Have the service try parked messages again, then those that wait behind them.

    For what a new release, or a repaired bug, can handle now. What still cannot be applied is parked again.
    Ends with 1 when something cannot even be read.

    \b
    Example:
      motcua parked replay stats H41.SCT-230515-0001
      motcua parked replay stats --all
    """
    from services.console.parked.decisions import try_again

    if bool(subjects) == everything:
        raise typer.BadParameter("name dossiers, or give --all", param_hint="'DOSSIER...'")
    tried = _with_engines(
        data, lambda engines: try_again(engines[service], service, subjects or None, dry_run=dry_run)
    )
    if output is Format.JSON:
        print(json.dumps([asdict(one) for one in tried], ensure_ascii=False))
    else:
        for one in tried:
            left = f"; {one.left:,} cannot be read" if one.left else ""
            print(f"{one.subject}: {one.tried:,} will be tried again{left}")
        print(_told(f"{service} does so within seconds, as soon as it is up.", dry_run=dry_run))
    raise typer.Exit(1 if any(one.left for one in tried) else 0)


@parked.command("drop")
def drop(
    service: Annotated[ServiceName, _WHOSE],
    subjects: Annotated[list[str], _SUBJECTS],
    because: Annotated[
        str, typer.Option(metavar="REASON", help="Why it may be given up. It is kept with the message.")
    ],
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
    data: DataFolder = DEFAULT,
) -> None:
    """Give the first parked message of each dossier up; those behind it are applied without it.

    What it said is missing from then on: with statistics the figures of its dossier stay incomplete, and
    every report says so. Ends with 1 when one could not be given up.

    \b
    Example:
      motcua parked drop stats H41.SCT-230515-0001 --because "sent twice by hand, see ticket 12"
    """
    from services.console.parked.decisions import give_up

    if not because.strip():
        raise typer.BadParameter("a reason is needed", param_hint="'--because'")
    given_up = _with_engines(
        data, lambda engines: give_up(engines[service], service, subjects, because=because, dry_run=dry_run)
    )
    if output is Format.JSON:
        print(json.dumps([asdict(one) for one in given_up], ensure_ascii=False))
    else:
        for each in given_up:
            event = "a message without number" if each.sequence is None else f"event {each.sequence}"
            print(f"{each.subject}: {each.refused or f'goes on without {event}'}")
        print(_told(f"{service} does so within seconds, as soon as it is up.", dry_run=dry_run))
    raise typer.Exit(1 if any(each.refused for each in given_up) else 0)


def _told(effect: str, *, dry_run: bool) -> str:
    return "Nothing was changed: this was a dry run." if dry_run else effect


def _with_engines(data: Path, act: Callable[["Engines"], Awaitable[_Found]]) -> _Found:
    """What `act` finds in the services' databases."""

    async def acting(environment: Mapping[str, str]) -> _Found:
        from services.console.backbone import connected

        async with connected(environment, application_name="motcua parked") as backbone:
            return await act(backbone.engines)

    with reached(RunFolder(data)) as environment:
        return asyncio.run(acting(environment))


def _print(rows: Sequence["Parked"]) -> None:
    from rich.table import Table
    from rich.text import Text

    from services.console.terminal import console

    table = Table("service", "stream", "dossier", "event", "since", "holds", "why")
    for one in rows:
        number = "?" if one.sequence is None else str(one.sequence)
        why = one.error if one.dropped_because is None else f"{one.error}; given up: {one.dropped_because}"
        moment = f"{one.parked_at.astimezone():%Y-%m-%d %H:%M:%S}"
        # As text: what a stranger sent must not be taken for markup.
        cells = (one.service, one.stream, one.subject, number, moment, str(one.holds), why)
        table.add_row(*map(Text, cells))
    console().print(table)
