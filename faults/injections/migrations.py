"""T28: a column is added under load, filled, relied on, and taken away again, with two releases at work."""

import asyncio
import contextlib
import time

from faults.findings import Finding, Harm
from faults.installation import Installation
from faults.locks import LOOK_SECONDS, watching
from faults.migration import RELIED_ON, WIDER, Migration
from faults.releases import COLUMN
from faults.rollout import noticed, roll_out
from faults.trial import Fault, Injected, Scale
from shared.variables import database_variable

_TABLES = {"intake": "dossier", "processing": "case_file"}
_LONGEST_SECONDS = 1.0
_SHORTEST_SECONDS = 2.0
_BATCH = 100
_STEPS = 8


async def _migrate(made: Installation, scale: Scale) -> Injected:
    began = time.monotonic()
    pause = max(_SHORTEST_SECONDS, scale.seconds / 4)
    migrations = [
        Migration(
            made.folder.path / f"revisions-{time.monotonic_ns()}",
            service,
            table,
            made.environment[database_variable(service)],
        )
        for service, table in _TABLES.items()
    ]
    writers = [name for name in made.processes.names if name.service in _TABLES]
    newer = [name for name in writers if name.number % 2]
    findings = []
    async with contextlib.AsyncExitStack() as stack:
        watches = []
        for each in migrations:
            connection = await stack.enter_async_context(made.database(each.service))
            watches.append(await stack.enter_async_context(watching(connection, each.table)))
        await _to(migrations, WIDER)
        await _to(migrations, "-1", back=True)
        await _to(migrations, WIDER)
        await roll_out(made, newer, "keep-more")
        filled = sum([await _fill(made, each) for each in migrations])
        await asyncio.sleep(pause)
        findings += await _differing(made, migrations)
        await roll_out(made, [name for name in writers if name not in newer], "keep-more")
        await _to(migrations, RELIED_ON)
        await asyncio.sleep(pause)
        findings += await _differing(made, migrations)
        await _to(migrations, "-1", back=True)
        await roll_out(made, writers)
        await _to(migrations, "-1", back=True)
    held, waited = max(watch.held for watch in watches), max(watch.waited for watch in watches)
    if held > _LONGEST_SECONDS or waited > _LONGEST_SECONDS:
        findings.append(
            Finding("T28", Harm.OTHER, f"a table was held for {held:.1f} s, after {waited:.1f} s")
        )
    if not all(watch.seen for watch in watches) or not filled:
        findings.append(Finding("T28", Harm.OTHER, "nothing was seen of the change"))
    refusals = sum(each.refusals for each in migrations)
    note = (
        f"{filled} rows filled; others kept from a table for less than"
        f" {1000 * (max(held, waited) + LOOK_SECONDS):.0f} ms; {refusals} times tried again"
    )
    return Injected(_STEPS * len(migrations), [*findings, *noticed(made, "T28", began)], note=note)


async def _to(migrations: list[Migration], revision: str, *, back: bool = False) -> None:
    for each in migrations:
        await each.to(revision, back=back)


async def _fill(made: Installation, migration: Migration) -> int:
    """What was written before the column was there, a few rows at a time; how many."""
    statement = (
        f"UPDATE {migration.table} SET {COLUMN} = upper(status) WHERE code IN (SELECT code"  # noqa: S608
        f" FROM {migration.table} WHERE {COLUMN} IS NULL LIMIT {_BATCH} FOR UPDATE SKIP LOCKED)"
    )
    filled = 0
    async with made.database(migration.service) as database:
        while now := int((await database.execute(statement)).split()[-1]):
            filled += now
    return filled


async def _differing(made: Installation, migrations: list[Migration]) -> list[Finding]:
    findings = []
    for each in migrations:
        query = f"SELECT count(*) FROM {each.table} WHERE {COLUMN} IS DISTINCT FROM upper(status)"  # noqa: S608
        async with made.database(each.service) as database:
            if wrong := await database.fetchval(query):
                what = f"{wrong} rows of {each.table} say something else in {COLUMN}"
                findings.append(Finding("T28", Harm.LOST, what))
    return findings


ONLINE_MIGRATION = Fault("T28", "tables changed under load", _migrate, time_jumps=False)
