"""An act on a case over HTTP, singly and in lists; reading and uploading beside it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median

from benchmarks import lives, pgbench
from benchmarks.installation import Installation, Measured
from benchmarks.load import Call
from benchmarks.rows import Pair, Row, bound_row, ratio_row
from benchmarks.scratch import copy_of
from shared.schemas.lifecycle import Role

_PREFIX = "'H41.BENCH-230515-'"


async def measure(measured: Installation) -> list[Row]:
    """Rates against pgbench, processor time per call."""
    calls = measured.some(1500, 400)
    costs: dict[str, list[Mapping[str, float]]] = defaultdict(list)
    pairs = []
    database, statement = "", ""
    for _ in range(measured.some(3, 1)):
        filed = await measured.measure([measured.filing(number) for number in range(calls)])
        costs["filing at the counter, accepted at once"].append(filed.milliseconds(calls))
        started = await measured.measure([lives.start(measured, one) for one in lives.seen_singly(filed)])
        costs["act (start)"].append(started.milliseconds(calls))
        seen = lives.seen_singly(started)
        if not database:
            database, statement = _prepare(measured, seen[-1]["code"])
        theirs = pgbench.rate(measured, database, statement, measured.some(3, 1))
        pairs.append(Pair(started.outcome.rate, theirs))
        got = await measured.measure([lives.read(measured, one) for one in seen])
        costs["reading a case"].append(got.milliseconds(calls))
        resolved = await lives.resolve(measured, seen)
        costs["item of a list (resolve)"].append(resolved.milliseconds(calls))
        handed_over = await lives.hand_over(measured, lives.seen_in_lists(resolved))
        costs["item of a list (hand over)"].append(handed_over.milliseconds(calls))
        uploaded = await _upload(measured, calls // 2)
        costs["upload of two documents"].append(uploaded.milliseconds(calls // 2))
    return [
        ratio_row("act (start), of pgbench with the same rows", pairs, "/s", at_least=0.20 * 2 / 3),
        *(_cost_row(what, rounds) for what, rounds in costs.items()),
    ]


async def _upload(measured: Installation, calls: int) -> Measured:
    headers = measured.headers(Role.INTAKE_OFFICER)
    return await measured.measure([Call("POST", "/v1/contents", headers, files=(400, 400))] * calls)


def _cost_row(what: str, rounds: Sequence[Mapping[str, float]]) -> Row:
    parts = {part: median([each[part] for each in rounds]) for part in rounds[0]}
    behind = ", ".join(f"{part} {milliseconds:.2f}" for part, milliseconds in parts.items())
    return bound_row(f"processor time: {what}", sum(parts.values()), "ms", behind, at_most=3)


def _prepare(measured: Installation, code: str) -> tuple[str, str]:
    """A database with cases to change, and the statement that starts one as `code` was started."""
    database = copy_of(measured, "processing")
    (case,) = pgbench.rows_of(measured, "motcua_processing", "case_file", code)
    *_, entry = pgbench.rows_of(measured, "motcua_processing", "history", code)
    measured.server.query(database, pgbench.fill("case_file", case | {"code": f"{_PREFIX} || place"}))
    measured.server.query(database, "VACUUM ANALYZE")
    own = {"code": f"{_PREFIX} || {pgbench.PLACE}"}
    sequence = f"({pgbench.NUMBER} % 2000000000)::int"
    mark = {"bucket": f"{pgbench.PLACE} % 16", "stream": "'dossier'", "subject": own["code"]}
    return database, pgbench.together(
        [
            pgbench.change("case_file", case | own),
            pgbench.insert("history", entry | own | {"sequence": sequence}),
            pgbench.insert("outbox_pending", mark | {"sequence": sequence}),
        ]
    )
