"""One replay from beginning to verdict, against the system that runs on a run folder."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from services.console.embedded_postgres import EmbeddedPostgres
from services.console.replay.client import CallFailedError, Client, described
from services.console.replay.driver import Driver
from services.console.replay.journal import Journal
from services.console.replay.progress import progress
from services.console.replay.quiescence import NotQuietError, quiet_databases
from services.console.replay.reference import Reference, fetch_reference, fetch_tree
from services.console.replay.requests import Requests
from services.console.replay.sending import Sender
from services.console.replay.tokens import Tokens
from services.console.replay.verdict import Finding, Row, judge
from services.console.run_folder import RunFolder
from services.console.scenario.arithmetic import Settled
from services.console.scenario.feasibility import check_feasible
from services.console.scenario.lives import Plan
from services.console.scenario.planner import plan
from services.console.scenario.pools import CannotPlanError
from shared.clock import VIETNAM, SimulatedClock
from shared.schemas.lifecycle import Role

_REFERENCE = "reference"
_SCENARIO = "scenario"


class ReplayStoppedError(Exception):
    """The replay cannot begin or go on; the message says why."""


async def live(settled: Settled, folder: RunFolder, console: Console) -> list[Finding]:
    """Live through the scenario, or through what is left of it; then judge. Raises `ReplayStoppedError`."""
    system = folder.running_system()
    if system is None:
        raise ReplayStoppedError(
            f"No system is up on {folder.path}; `motcua up --replay {settled.scenario.name}` starts one."
        )
    with _journal(settled, folder) as journal:
        try:
            async with Client(system.address) as client:
                tokens = Tokens(folder)
                await _live(settled, folder, client, tokens, journal, console)
                return judge(settled, *await _reports(settled, client, tokens))
        except BaseExceptionGroup as group:
            stopped = group.subgroup((CallFailedError, NotQuietError))
            if stopped is None:
                raise
            raise ReplayStoppedError(_reason(stopped)) from group
        except (CallFailedError, NotQuietError, CannotPlanError) as error:
            raise ReplayStoppedError(str(error)) from error


async def _live(
    settled: Settled, folder: RunFolder, client: Client, tokens: Tokens, journal: Journal, console: Console
) -> None:
    period = settled.scenario.period
    reference = await _reference(client, journal, period.first.year)
    if not journal.lives:
        tree = await fetch_tree(client)
        check_feasible(settled, tree, reference.procedures, reference.calendar)
    console.print("Planning the lives of the dossiers ...")
    made = plan(settled, reference.procedures, reference.calendar)
    clock = SimulatedClock(folder.business_clock)
    _check_clock(made, clock, journal)
    environment = folder.environment(EmbeddedPostgres(folder.postgres), demo=True)
    with progress(made, journal, console) as shown:
        requests = Requests(made.scenario, {each.code: each for each in reference.procedures})
        async with quiet_databases(environment, clock) as quiescence:
            driver = Driver(
                client=client,
                sender=Sender(client, requests, tokens, journal, shown.step),
                tokens=tokens,
                clock=clock,
                quiescence=quiescence,
                journal=journal,
                show_day=shown.day,
            )
            if driver.finished:
                console.print(
                    f"{made.scenario} was lived through on this data before; nothing is done twice.",
                    highlight=False,
                )
                return
            await driver.live(made, period.last)


@contextmanager
def _journal(settled: Settled, folder: RunFolder) -> Iterator[Journal]:
    journal = Journal(folder.path / "replays" / f"{settled.scenario.name}.sqlite")
    try:
        digest = hashlib.sha256(settled.scenario.model_dump_json().encode()).hexdigest()
        if (known := journal.note(_SCENARIO)) is None:
            journal.write_note(_SCENARIO, digest)
        elif known != digest:
            raise ReplayStoppedError(
                f"scenario {settled.scenario.name} has changed since this data began to live through it; "
                "take another run folder (--data) or give the scenario another name"
            )
        yield journal
    finally:
        journal.close()


async def _reference(client: Client, journal: Journal, year: int) -> Reference:
    """As it was when the replay began: its own edit of the calendar must not change its plan."""
    if (noted := journal.note(_REFERENCE)) is not None:
        return Reference.model_validate_json(noted)
    reference = await fetch_reference(client, year)
    journal.write_note(_REFERENCE, reference.model_dump_json())
    return reference


def _check_clock(made: Plan, clock: SimulatedClock, journal: Journal) -> None:
    first = made.ticks()[0][0]
    if not journal.lives and clock.now() >= first:
        raise ReplayStoppedError(
            f"business time is {clock.now().astimezone(VIETNAM):%d %B %Y} on this data, later than the "
            f"scenario's first day, {first.astimezone(VIETNAM):%d %B %Y}, and it never goes back; "
            "take another run folder (--data)"
        )


async def _reports(settled: Settled, client: Client, tokens: Tokens) -> tuple[Row, Row]:
    period = settled.scenario.period
    asked = {"from": str(period.first), "to": str(period.last), "agency": settled.scenario.province}
    token = tokens.of_role(Role.STATISTICS_READER)
    report = await client.get("/v1/reports", token, **asked)
    by_agency = await client.get("/v1/reports", token, by="agency", **asked)
    for answer in (report, by_agency):
        if answer.status != 200:
            raise CallFailedError(f"there is no report: {described(answer)}")
    return report.document, by_agency.document


def _reason(group: BaseExceptionGroup[BaseException]) -> str:
    first: BaseException = group
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return str(first)
