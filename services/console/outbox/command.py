"""`motcua outbox`: what is under way between the services."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from services.console.databases import reached
from services.console.options import DataFolder, DryRun, Format, Output, group_of_commands
from services.console.run_folder import DEFAULT, RunFolder

if TYPE_CHECKING:
    from services.console.outbox.status import Status

outbox = group_of_commands("outbox", "Look at what is under way between the services.")

_MOST_SHOWN = 20


@outbox.command("status")
def status(output: Output = Format.TABLE, data: DataFolder = DEFAULT) -> None:
    """Show what is not sent, not read, held or parked.

    Pending events are committed and wait for the log; a blocked one can never be sent as it is, and keeps the
    later ones of its dossier. Unread events are in the log and wait for a service; held ones wait for an
    earlier event or for reference data; parked ones could not be handled and wait for a person
    (`motcua parked --help`).

    Ends with 0 when all flows, with 1 when something stands still, with 2 when nothing could be looked at.
    """
    found = asyncio.run(_status(RunFolder(data)))
    if output is Format.JSON:
        print(json.dumps({**asdict(found), "flows": found.flows}, ensure_ascii=False))
    else:
        _print(found)
    raise typer.Exit(0 if found.flows else 1)


@outbox.command("resend")
def resend(dry_run: DryRun = False, output: Output = Format.TABLE, data: DataFolder = DEFAULT) -> None:
    """Have every event sent again, to a log that was made anew.

    For a log that was lost, or databases that were put back to an older moment and got a new log: what had
    not reached everybody does now, and the new log tells everything again. Who has an event already passes
    over it, so it may be broken off and done twice. The workers need minutes for a million events.
    """
    sent = asyncio.run(_resent(RunFolder(data), dry_run=dry_run))
    if output is Format.JSON:
        print(json.dumps(sent, ensure_ascii=False))
        return
    for each in sent:
        print(f"{each['service']}: {each['events']:,} events of {each['stream']}")
    if dry_run:
        print("Nothing was changed: this was a dry run.")
    else:
        print("They are pending, and are sent as soon as the workers are up: motcua outbox status")


async def _resent(folder: RunFolder, *, dry_run: bool) -> list[dict[str, Any]]:
    from services.console.backbone import WRITTEN, connected
    from shared.outbox.resending import resend

    with reached(folder) as environment:
        async with connected(environment, application_name="motcua outbox") as backbone:
            return [
                {
                    "service": service,
                    "stream": stream,
                    "events": await resend(backbone.engines[service], stream, dry_run=dry_run),
                }
                for service, streams in WRITTEN.items()
                for stream in streams
            ]


async def _status(folder: RunFolder) -> "Status":
    from services.console.backbone import connected
    from services.console.outbox.status import status

    with reached(folder) as environment:
        async with connected(environment, application_name="motcua outbox") as backbone:
            return await status(backbone)


def _print(found: "Status") -> None:
    from rich.table import Table

    from services.console.terminal import console

    sending = Table("sends", "stream", "pending", "oldest, s", "blocked")
    for outbox in found.outboxes:
        age = f"{outbox.oldest_age_seconds:.1f}" if outbox.pending else ""
        sending.add_row(outbox.service, outbox.stream, f"{outbox.pending:,}", age, f"{len(outbox.blocked):,}")
    reading = Table("reads", "stream", "unread", "held", "parked")
    for group in found.groups:
        unread = "?" if group.unread is None else f"{group.unread:,}"
        reading.add_row(group.service, group.stream, unread, f"{group.held:,}", f"{group.parked:,}")
    out = console()
    for table in (sending, reading):
        for column in table.columns[2:]:
            column.justify = "right"
        out.print(table)
    for line in _lines(found):
        print(line)
    print("Everything flows." if found.flows else "Something stands still.")


def _lines(found: "Status") -> list[str]:
    lines = [f"Of the log nothing is known: {found.log_problem}."] if found.log_problem else []
    for outbox in found.outboxes:
        lines += _first(
            f"{outbox.service} cannot send {one.subject} {one.sequence}: {one.why}" for one in outbox.blocked
        )
    for group in found.groups:
        if group.behind_the_end:
            lines.append(
                f"{group.service} has read {group.behind_the_end:,} events of {group.stream} that are no"
                " longer in the log: it was put back to an older moment, or lost its newest part."
            )
        lines += _first(
            f"{group.service} holds {one.events:,} of {one.subject} from {one.first_held} on,"
            f" for {one.age_seconds:,.0f} s: they wait for {one.waits_for}"
            for one in group.waiting
        )
        if group.parked:
            lines.append(f"{group.service} has parked {group.parked:,}: motcua parked list {group.service}")
    return lines


def _first(lines: Iterable[str]) -> list[str]:
    every = list(lines)
    more = len(every) - _MOST_SHOWN
    return [*every[:_MOST_SHOWN], *([f"... and {more:,} more"] if more > 0 else [])]
