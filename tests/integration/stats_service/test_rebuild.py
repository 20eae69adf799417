"""Statistics made anew from the log while the worker goes on: nobody sees a gap, a mixture or a step back."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from pathlib import Path
from signal import SIGKILL

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.stats_service.adapters.closed_periods import SqlClosedPeriods
from services.stats_service.adapters.ledger import SqlLedger
from services.stats_service.application.ports import ClosedPeriod, Selection
from services.stats_service.domain.cell import Dimension
from services.stats_service.domain.figures import Figures, figures_of, total_of
from services.stats_service.domain.identities import breaks_in
from services.stats_service.domain.period import Period, View
from services.stats_service.rebuild import RebuildError, rebuild
from shared.consumer.parking import drop
from shared.log.port import DOSSIER_STREAM, Record
from shared.log.postgres import PostgresLog
from tests.integration.stats_service.live_worker import Live, in_order
from tests.integration.stats_service.random_lives import DAYS, NOW, agree, stories
from tests.support.backbone import eventually, rows
from tests.support.postgres import FreshDatabase
from tests.support.stories import Story

CHECKOUT = Path(__file__).resolve().parents[3]
WHOLE = View.at(Period(DAYS[0], DAYS[-1]), NOW, None)


async def figures(engine: AsyncEngine, view: View = WHOLE) -> Figures:
    """The total of a period, once every row of it was found to hold every identity."""
    splits = [frozenset[Dimension](), frozenset({Dimension.AGENCY}), frozenset(Dimension)]
    total, *by = await SqlLedger(engine).read(view, Selection(), splits)
    (whole,) = [figures_of(at.before, at.end) for at in total.values()]
    for split in by:
        parts = [figures_of(at.before, at.end) for at in split.values()]
        assert [each for part in parts for each in breaks_in("row", part)] == []
        assert total_of(parts) == whole
    return whole


async def test_what_is_right_stays_untouched(live: Live) -> None:
    lives = stories(60)
    await live.tell(in_order(lives))
    await live.settle()
    before = await rows(live.engine, "SELECT * FROM delta ORDER BY id")
    found = await live.rebuild()
    assert found.agrees, found
    assert (found.dossiers, found.events) == (60, len(live.told))
    assert await rows(live.engine, "SELECT * FROM delta ORDER BY id") == before
    await agree(live.engine, lives)


SWAPPED = """
    UPDATE delta SET received_counter = received_online, received_online = received_counter
    WHERE received > 0; TRUNCATE cumulative, rolled"""
# What a bug, a slip of the hand or a bad disk may leave behind.
DAMAGES = {
    "a bug counted otherwise": """
        UPDATE delta SET received_counter = received_online, received_online = received_counter
        WHERE received > 0;
        UPDATE dossier SET facts = facts - 0, settled_on = NULL WHERE code LIKE '%1';
        UPDATE cumulative SET received = received + 1 WHERE day > '2023-05-20'""",
    "rows are gone": """
        DELETE FROM delta WHERE id % 3 = 0; DELETE FROM dossier WHERE code LIKE '%2';
        DELETE FROM cumulative WHERE day < '2023-05-18'""",
    "rows are too many": """
        INSERT INTO delta (code, sequence, cell_id, effective_on, recorded_at, correction, received)
        SELECT code, sequence, cell_id, effective_on, recorded_at, correction, received FROM delta;
        UPDATE delta SET code = 'H41.SCT-230515-9999' WHERE id % 7 = 0;
        UPDATE delta SET recorded_at = recorded_at + interval '1 hour' WHERE id % 5 = 0""",
    "everything is gone": """
        TRUNCATE delta, cumulative, rolled, dossier, procedure_version, agency_tree_version""",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
async def test_what_is_wrong_becomes_right_and_later_events_go_on_from_there(live: Live, damage: str) -> None:
    lives = stories(40, seed=4)
    events = in_order(lives)
    await live.tell(events[: len(events) // 2])
    await live.settle()
    await live.change(damage)

    tried = await live.rebuild(dry_run=True)
    assert not tried.agrees
    assert not tried.applied
    found = await live.rebuild()
    assert (found.differing, found.changes, found.wrong_sums) == (
        tried.differing,
        tried.changes,
        tried.wrong_sums,
    )
    assert found.applied
    await live.tell(events[len(events) // 2 :])
    await live.settle()
    await agree(live.engine, lives)
    assert (await live.rebuild()).agrees
    assert await rows(live.engine, "SELECT code FROM procedure_version") == [("1.000001",)]


async def test_readers_under_load_see_what_was_or_what_is_right_and_never_a_step_back(live: Live) -> None:
    lives = stories(400, seed=9)
    events = in_order(lives)
    await live.tell(events[:600])
    await live.settle()
    # One bug: the sums of every dossier stay sound, and only the channel is told wrongly.
    await live.change(SWAPPED)
    wrong = await figures(live.engine)
    seen: list[Figures] = []
    put_right = asyncio.Event()

    async def look() -> None:
        while True:
            seen.append(await figures(live.engine))
            await asyncio.sleep(0.01)

    async def go_on() -> None:
        for start in range(600, len(events), 10):
            await live.tell(events[start : start + 10])
            # The last ones take their time, so that a slow machine too puts it right in the middle.
            with suppress(TimeoutError):
                async with asyncio.timeout(0.03 if len(events) - start > 200 else 2):
                    await put_right.wait()

    looking, going = asyncio.create_task(look()), asyncio.create_task(go_on())
    found = await live.rebuild()
    assert found.applied
    assert not going.done()  # it was put right in the middle of the load
    put_right.set()
    await going
    await live.settle()
    looking.cancel()
    assert len(seen) > 20
    for before, after in pairwise(seen):
        assert all(before[name] <= after[name] for name in ("filed", "received"))
    assert wrong["received_online"] != (await figures(live.engine))["received_online"]
    await agree(live.engine, lives)
    assert (await live.rebuild()).agrees


async def test_a_closed_period_keeps_its_figures_and_lists_what_was_put_right(live: Live) -> None:
    lives = stories(60, seed=6)
    await live.tell(in_order(lives))
    await live.settle()
    # A bug forgets every level of some dossiers, and a period is closed on these figures.
    await live.change(
        "UPDATE delta SET under_processing = NULL, in_time = NULL, overdue = NULL WHERE code LIKE '%3'"
    )
    await live.change("TRUNCATE cumulative, rolled")
    await live.settle()
    periods = SqlClosedPeriods(live.engine, SqlLedger(live.engine))
    period = Period(DAYS[0], DAYS[1])
    frozen = await periods.freeze(View.at(period, NOW, None))
    total = total_of([figures_of(at.before, at.end) for at in frozen.cells.values()])
    closed = ClosedPeriod(period, NOW, "a reader", frozen.up_to, "digest", total)
    assert await periods.keep(closed, json.dumps(total).encode())

    assert (await live.rebuild()).applied
    now = await figures(live.engine, View.at(period, NOW, None))
    corrected = await periods.corrected_by(closed)
    assert now["in_progress"] == total["in_progress"] + corrected["in_progress"] != total["in_progress"]
    listed = await periods.corrections(closed, after=None, limit=100)
    assert listed
    assert {each.code[-1] for each in listed} == {"3"}
    assert await periods.document(period) == json.dumps(total).encode()


async def test_what_the_log_no_longer_tells_is_said_and_nothing_is_taken_away(
    live: Live, fresh_database: FreshDatabase
) -> None:
    await live.tell(in_order(stories(20)))
    await live.settle()
    before = await rows(live.engine, "SELECT * FROM delta ORDER BY id")
    another = fresh_database()
    log = PostgresLog(another)
    await log.ensure_schema()
    await log.close()
    # The live positions are those of the old log: nothing says that the new one was read to its end.
    await live.change("UPDATE consumer_position SET next_position = 0")
    found = await rebuild(live.stats_dsn, another, lambda *_: None, dry_run=False)
    assert (len(found.unknown), found.applied) == (20, False)
    assert await rows(live.engine, "SELECT * FROM delta ORDER BY id") == before


async def test_what_a_person_has_given_up_stays_given_up(live: Live) -> None:
    first, second = Story("H41.SCT-230515-0001"), Story("H41.SCT-230515-0002")
    first.file("2023-05-15").accept("2023-05-15 11:00", "2023-05-20").resolve("2023-05-18", "2023-05-20")
    second.file("2023-05-15")
    await live.log.append(DOSSIER_STREAM, [Record(first.code, b"{", {"sequence": "1"})])
    await live.tell([*first.events[1:], *second.events])
    await eventually(lambda: _is_parked(live.engine))
    await drop(live.engine, "stats", first.code, because="its disk is gone")
    live.told.append(first.events[0])
    await live.settle()
    before = await figures(live.engine)
    assert (await live.rebuild()).agrees
    assert await figures(live.engine) == before
    assert await rows(live.engine, "SELECT dropped_because FROM parked_event") == [("its disk is gone",)]


async def _is_parked(engine: AsyncEngine) -> bool:
    return bool(await rows(engine, "SELECT 1 FROM parked_event"))


KILLED = """
import asyncio, os, signal, sys
from services.stats_service import rebuild as module

def end(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def tell(doing, done, total):
    if doing == sys.argv[3]:
        end()

if sys.argv[3] == "putting right":
    module.sum_up = end
asyncio.run(module.rebuild(sys.argv[1], sys.argv[2], tell, dry_run=False))
"""


async def test_a_killed_rebuild_leaves_nothing_and_the_next_one_does_it(live: Live) -> None:
    lives = stories(40)
    await live.tell(in_order(lives))
    await live.settle()
    await live.change(SWAPPED)
    before = await rows(live.engine, "SELECT * FROM delta ORDER BY id")
    for moment in ("reading the log", "comparing sums", "settling", "putting right"):
        command = [sys.executable, "-c", KILLED, live.stats_dsn, live.log_dsn, moment]
        ended = await asyncio.to_thread(subprocess.run, command, cwd=CHECKOUT, check=False)
        assert ended.returncode == -SIGKILL
        assert await rows(live.engine, "SELECT * FROM delta ORDER BY id") == before

        async def nothing_is_left() -> bool:
            return await rows(live.engine, "SELECT 1 FROM pg_class WHERE relpersistence = 't'") == []

        await eventually(nothing_is_left)
    assert (await live.rebuild()).applied
    await agree(live.engine, lives)


async def test_two_rebuilds_at_once_are_one_too_many(live: Live) -> None:
    async with another_rebuild(live.engine):
        with pytest.raises(RebuildError, match="another rebuild"):
            await live.rebuild()


@asynccontextmanager
async def another_rebuild(engine: AsyncEngine) -> AsyncIterator[None]:
    async with engine.connect() as connection:
        lock = "SELECT pg_advisory_lock(hashtextextended('motcua stats rebuild', 0))"
        await connection.exec_driver_sql(lock)
        yield
        await connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")


async def test_a_dry_run_changes_nothing(live: Live) -> None:
    await live.tell(in_order(stories(20)))
    await live.settle()
    await live.change(DAMAGES["a bug counted otherwise"])
    tables = ["delta", "dossier", "scope", "cell_scope", "consumed", "consumer_position", "cumulative"]
    before = [await rows(live.engine, f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]  # noqa: S608
    assert not (await live.rebuild(dry_run=True)).agrees
    assert [await rows(live.engine, f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables] == before  # noqa: S608
