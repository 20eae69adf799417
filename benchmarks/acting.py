"""An act on a case over HTTP, singly and in lists; reading and uploading beside it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks import pgbench
from benchmarks.installation import Installation, Measured, named
from benchmarks.load import Answer, Call
from benchmarks.rows import Pair, Row, bound_row, ratio_row
from benchmarks.scratch import copy_of
from shared.schemas.lifecycle import Role

_PREFIX = "'H41.BENCH-230515-'"
_LIST = 100

Seen = Mapping[str, Any]
"""The answer to an act: code and version of the dossier."""


async def measure(measured: Installation) -> list[Row]:
    """Rates against pgbench, processor time per call."""
    calls = measured.some(1500, 400)
    costs: dict[str, list[Mapping[str, float]]] = defaultdict(list)
    pairs = []
    database, statement = "", ""
    for _ in range(measured.some(3, 1)):
        filed = await measured.measure([measured.filing(number) for number in range(calls)])
        costs["filing at the counter, accepted at once"].append(filed.milliseconds(calls))
        started = await measured.measure([_start(measured, answer.body) for answer in filed.outcome.answers])
        costs["act (start)"].append(started.milliseconds(calls))
        if not database:
            database, statement = _prepare(measured, started.outcome.answers[-1].body["code"])
        theirs = pgbench.rate(measured, database, statement, measured.some(3, 1))
        pairs.append(Pair(started.outcome.rate, theirs))
        seen = _seen(started)
        costs["reading a case"].append((await _read(measured, seen)).milliseconds(calls))
        resolved = await _in_lists(
            measured, "resolution", Role.APPROVER, seen, results=measured.documents[:1]
        )
        costs["item of a list (resolve)"].append(resolved.milliseconds(calls))
        handed = await _in_lists(
            measured, "hand-over", Role.INTAKE_OFFICER, _items(resolved), means="counter"
        )
        costs["item of a list (hand over)"].append(handed.milliseconds(calls))
        uploaded = await _upload(measured, calls // 2)
        costs["upload of two documents"].append(uploaded.milliseconds(calls // 2))
    return [
        ratio_row("act (start), of pgbench with the same rows", pairs, "/s", at_least=0.20 * 2 / 3),
        *(_cost_row(what, rounds) for what, rounds in costs.items()),
    ]


def _start(measured: Installation, seen: Seen) -> Call:
    headers = _by_agency(measured, Role.CASE_OFFICER, seen["code"])
    return Call("POST", f"/v1/cases/{seen['code']}/start", {**headers, "If-Match": f'"{seen["version"]}"'})


async def _read(measured: Installation, seen: Iterable[Seen]) -> Measured:
    return await measured.measure(
        [
            Call("GET", f"/v1/cases/{one['code']}", _by_agency(measured, Role.CASE_OFFICER, one["code"]))
            for one in seen
        ]
    )


async def _in_lists(
    measured: Installation, act: str, role: Role, seen: Iterable[Seen], **details: Any
) -> Measured:
    by_agency: dict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        by_agency[_agency(one["code"])].append(one)
    calls = []
    for agency, ones in by_agency.items():
        headers = measured.headers(role, None if role is Role.INTAKE_OFFICER else agency)
        for begin in range(0, len(ones), _LIST):
            items = [
                {"code": one["code"], "version": one["version"], **details}
                for one in ones[begin : begin + _LIST]
            ]
            calls.append(Call("POST", f"/v1/cases/bulk/{act}", headers | named(), {"items": items}))
    return await measured.measure(calls, clients=4)


async def _upload(measured: Installation, calls: int) -> Measured:
    headers = measured.headers(Role.INTAKE_OFFICER)
    return await measured.measure([Call("POST", "/v1/contents", headers, files=(400, 400))] * calls)


def _seen(measured: Measured) -> list[Seen]:
    return [answer.body for answer in measured.outcome.answers]


def _items(measured: Measured) -> list[Seen]:
    return [item["answer"] for answer in measured.outcome.answers for item in _succeeded(answer)]


def _succeeded(answer: Answer) -> Sequence[Mapping[str, Any]]:
    items: Sequence[Mapping[str, Any]] = answer.body["items"]
    for item in items:
        if item["status"] != 200:
            raise ValueError(f"{item['code']}: {item['problem']}")
    return items


def _by_agency(measured: Installation, role: Role, code: str) -> dict[str, str]:
    return measured.headers(role, _agency(code))


def _agency(code: str) -> str:
    return code.rsplit("-", 2)[0]


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
