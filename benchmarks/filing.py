"""Filing over HTTP: token, validation, code, history, pending marks, durable.

`pgbench` commits these rows and nothing follows from them. So filing is held against it on a database that no
worker looks at; beside it stands filing while workers send, open cases and count on the same processors.
"""

from statistics import median

from benchmarks import pgbench
from benchmarks.installation import CLIENTS, Installation
from benchmarks.load import Job, drive
from benchmarks.rows import Pair, Row, bound_row, ratio_row
from benchmarks.scratch import copy_of
from benchmarks.serving import served
from shared.variables import database_variable

_CODE = f"'H41.BENCH-230515-' || {pgbench.NUMBER}"


async def measure(measured: Installation) -> list[Row]:
    """Rates against pgbench and against the route without database; latency at half of the load."""
    calls = measured.some(2000, 600)
    warm = await measured.drive([measured.filing(number) for number in range(measured.some(500, 200))])
    database = copy_of(measured, "intake", whole=True)
    alone = {**measured.system.environment, database_variable("intake"): measured.server.dsn(database)}
    statement = _statement(measured, warm.answers[-1].body["code"])
    against_postgres, against_route, with_all = [], [], []
    async with served("bare", measured.system.environment) as bare, served("intake", alone) as intake:
        for address in (bare, intake):
            await drive(Job(address, [measured.filing(number) for number in range(100)], CLIENTS))
        for _ in range(measured.some(3, 1)):
            batch = [measured.filing(number) for number in range(calls)]
            ours = (await drive(Job(intake, batch, CLIENTS))).rate
            theirs = pgbench.rate(measured, database, statement, measured.some(3, 1))
            against_postgres.append(Pair(ours, theirs))
            against_route.append(Pair(ours, (await drive(Job(bare, batch, CLIENTS))).rate))
            with_all.append(Pair((await measured.measure(batch)).outcome.rate, theirs))
    half = median([pair.ours for pair in with_all]) / 2
    calm = await measured.drive([measured.filing(number) for number in range(calls)], rate=half)
    return [
        ratio_row("filing, of pgbench with the same rows", against_postgres, "/s", at_least=0.20),
        ratio_row("filing, of its route without database", against_route, "/s", at_least=0.50),
        ratio_row("filing beside all that follows from it, of pgbench", with_all, "/s"),
        bound_row(
            "filing, p99 at half of that load",
            calm.latency(0.99) * 1000,
            "ms",
            f"p50 {calm.latency(0.5) * 1000:.1f} ms at {half:.0f} /s",
            at_most=100,
        ),
    ]


def _statement(measured: Installation, code: str) -> str:
    """All rows of the filing of `code`, for another code each time."""
    own = {"code": _CODE}
    (dossier,) = pgbench.rows_of(measured, "motcua_intake", "dossier", code)
    (key,) = pgbench.rows_of(measured, "motcua_intake", "idempotency_key", code)
    entries = pgbench.rows_of(measured, "motcua_intake", "history", code)
    marks = [
        {
            "bucket": f"{pgbench.NUMBER} % 16",
            "stream": "'dossier'",
            "subject": _CODE,
            "sequence": e["sequence"],
        }
        for e in entries
    ]
    return pgbench.together(
        [
            pgbench.insert("dossier", dossier | own),
            *(pgbench.insert("history", entry | own) for entry in entries),
            *(pgbench.insert("outbox_pending", mark) for mark in marks),
            pgbench.insert("idempotency_key", key | own | {"key": f"{pgbench.NUMBER}::text"}),
        ]
    )
