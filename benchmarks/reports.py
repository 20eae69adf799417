"""How fast statistics answer, over HTTP: after one month of a province, and after ten of them.

Some dossiers are counted by the projection from real filings and acts. A month is made of their deltas in the
database: copies of every dossier; the months before likewise; then all is rolled up anew.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from statistics import median
from urllib.parse import urlencode

from benchmarks import lives
from benchmarks.installation import Installation
from benchmarks.load import Call, Job, drive
from benchmarks.rows import Pair, Row, bound_row, ratio_row
from benchmarks.scratch import copy_of
from benchmarks.serving import served
from services.stats_service.adapters.roller import Roller
from services.stats_service.domain.counters import COUNTER_NAMES
from shared.clock import SystemClock, local_date
from shared.database import create_engine
from shared.schemas.lifecycle import Role
from shared.variables import database_variable

_MONTHS = 10
_COPIES = 10
_DAYS = 31
_ASKED = 15
_AGENCY = "H41.SCT"

_COUNTERS = ", ".join(COUNTER_NAMES)
# What other measurements left behind would be multiplied too.
_KEEP = """
CREATE TEMPORARY TABLE lived AS SELECT unnest(string_to_array(:'codes', ' ')) AS code;
DELETE FROM dossier WHERE code NOT IN (SELECT code FROM lived);
DELETE FROM delta WHERE code NOT IN (SELECT code FROM lived);
"""
# Everything was filed today: it is spread over the month before, dossier by dossier.
_SPREAD = f"""
UPDATE delta SET
    effective_on = effective_on - abs(hashtext(code)) % {_DAYS},
    recorded_at = recorded_at - make_interval(days => abs(hashtext(code)) % {_DAYS});
UPDATE dossier SET
    began_on = began_on - abs(hashtext(code)) % {_DAYS},
    settled_on = settled_on - abs(hashtext(code)) % {_DAYS};
TRUNCATE cumulative, rolled;
"""  # noqa: S608 - our own numbers
_MULTIPLY = f"""
CREATE TEMPORARY TABLE place AS
SELECT (month * {_COPIES} + copy)::text AS name, {_DAYS} * month AS days
FROM generate_series(0, :months - 1) AS month, generate_series(0, {_COPIES} - 1) AS copy
WHERE month + copy > 0;
INSERT INTO dossier (code, agency, began_on, settled_on, facts)
SELECT code || '/' || name, agency, began_on - days, settled_on - days, facts FROM dossier, place;
INSERT INTO delta (code, sequence, cell_id, effective_on, recorded_at, correction, {_COUNTERS})
SELECT code || '/' || name, sequence, cell_id, effective_on - days, recorded_at - make_interval(days => days),
    correction, {_COUNTERS}
FROM delta, place;
"""  # noqa: S608 - made of declared names and our own numbers

_GOALS = {
    "report line": 20,
    "report line of an agency": 20,
    "report by agency": 20,
    "report line, as of ten days ago": 100,
    "page of dossiers behind a figure": 50,
}


async def measure(measured: Installation) -> list[Row]:
    """Latency at both sizes."""
    codes = await _live(measured, measured.some(1000, 300))
    small = await _latencies(measured, codes, months=1)
    large = await _latencies(measured, codes, months=_MONTHS)
    month = len(codes) * _COPIES
    rows = []
    for what, seconds in large.items():
        size = f"{month * _MONTHS:,} dossiers"
        rows.append(bound_row(what, seconds * 1000, "ms", size, at_most=_GOALS[what]))
        pair = Pair(seconds * 1000, small[what] * 1000)
        rows.append(ratio_row(f"{what}, of the same among {month:,}", [pair], "ms", at_most=1.5))
    return rows


async def _live(measured: Installation, dossiers: int) -> Sequence[str]:
    """File, start, resolve four of five, hand these over; their codes."""
    filed = await measured.measure([measured.filing(number) for number in range(dossiers)])
    started = await measured.measure([lives.start(measured, one) for one in lives.seen_singly(filed)])
    decided = [one for number, one in enumerate(lives.seen_singly(started)) if number % 5]
    await lives.hand_over(measured, lives.seen_in_lists(await lives.resolve(measured, decided)))
    return [one["code"] for one in lives.seen_singly(filed)]


async def _latencies(measured: Installation, codes: Sequence[str], *, months: int) -> dict[str, float]:
    database = copy_of(measured, "stats", whole=True)
    change = _KEEP + _SPREAD + _MULTIPLY
    measured.server.query(database, change, codes=" ".join(codes), months=str(months))
    address = measured.server.dsn(database)
    engine = create_engine(address, application_name="motcua benchmarks", connections=1)
    roller = Roller(engine, at_most=1_000_000)
    while await roller.roll():
        pass
    await engine.dispose()
    measured.server.query(database, "VACUUM ANALYZE")
    environment = {**measured.system.environment, database_variable("stats"): address}
    headers = measured.headers(Role.STATISTICS_READER)
    async with served("stats", environment) as address:
        found = {}
        for what, path in _questions(local_date(SystemClock().now())).items():
            outcome = await drive(Job(address, [Call("GET", path, headers)] * _ASKED, clients=1))
            found[what] = median([answer.seconds for answer in outcome.answers[_ASKED // 3 :]])
    return found


def _questions(today: date) -> dict[str, str]:
    period = {"from": str(today - timedelta(days=_DAYS - 1)), "to": str(today)}
    past = f"{today - timedelta(days=10)}T12:00:00+07:00"

    def path(place: str, **parameters: str) -> str:
        return f"{place}?{urlencode(period | parameters)}"

    return {
        "report line": path("/v1/reports"),
        "report line of an agency": path("/v1/reports", agency=_AGENCY),
        "report by agency": path("/v1/reports", by="agency"),
        "report line, as of ten days ago": path("/v1/reports", as_of=past),
        "page of dossiers behind a figure": path(
            "/v1/statistics/dossiers", counter="resolved", agency=_AGENCY
        ),
    }
