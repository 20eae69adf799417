"""`motcua outbox status` and `motcua parked`: what stands still is seen, and a person can decide about it."""

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from services.console.main import app
from services.console.run_folder import LOG_VARIABLE
from shared.log.postgres import PostgresLog
from tests.integration.console.test_verify import Province, province
from tests.support.backbone import code, event

__all__ = ["province"]

ONE, OTHER = code(8001), code(8002)
PARK = """
INSERT INTO parked_event (group_name, stream, subject, digest, sequence, partition, position, raw, error)
VALUES ('stats', 'dossier', $1, sha256($3), $2, 3, 900, $3, '[bold]no such status')
"""
HOLD = """
INSERT INTO held_event (group_name, stream, subject, sequence, partition, position, waits_for, raw, held_at)
VALUES ($1, 'dossier', $2, $3, 3, 901, $4, '{}', now() - make_interval(secs => $5))
"""
PENDING = "INSERT INTO outbox_pending (bucket, stream, subject, sequence) VALUES (300, 'dossier', $1, 9)"


def told(province: Province, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--data", str(province.folder)])


def found(province: Province, *arguments: str) -> tuple[int, Any]:
    """Exit status and what was printed."""
    result = told(province, *arguments, "--format", "json")
    assert result.stdout, result.stderr
    return result.exit_code, json.loads(result.stdout)


def run(dsn: str, statement: str, *values: Any) -> list[asyncpg.Record]:
    async def running() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetch(statement, *values)
        finally:
            await connection.close()

    return asyncio.run(running())


@pytest.fixture(autouse=True)
def nothing_waits(province: Province) -> Iterator[None]:
    """A log is there; what a test leaves behind is gone afterwards."""
    asyncio.run(_make_log(province.databases.intake))
    yield
    run(province.databases.intake, "DELETE FROM outbox_pending")
    run(province.databases.processing, "DELETE FROM held_event")
    for table in ("held_event", "parked_event"):
        run(province.databases.stats, f"DELETE FROM {table}")  # noqa: S608 - a test's own
    run(province.databases.stats, "DELETE FROM consumed WHERE subject IN ($1, $2)", ONE, OTHER)


async def _make_log(dsn: str) -> None:
    log = PostgresLog(dsn)
    await log.ensure_schema()
    await log.close()


@pytest.fixture
def two_parked(province: Province) -> None:
    """Of one dossier the first event, which holds the second; of another one what nobody can read."""
    run(province.databases.stats, PARK, ONE, 1, event(ONE, 1).encode())
    run(province.databases.stats, HOLD, "stats", ONE, 2, None, 60)
    run(province.databases.stats, PARK, OTHER, None, b"{")


def test_all_flows_where_nothing_waits(province: Province) -> None:
    status, all_of_it = found(province, "outbox", "status")
    assert (status, all_of_it["flows"], all_of_it["log_problem"]) == (0, True, None)
    assert [(one["service"], one["stream"]) for one in all_of_it["outboxes"]] == [
        ("intake", "dossier"), ("intake", "reference"), ("processing", "dossier"),
    ]  # fmt: skip
    assert [(one["service"], one["unread"], one["held"]) for one in all_of_it["groups"]] == [
        ("intake", 0, 0), ("processing", 0, 0), ("processing", 0, 0), ("stats", 0, 0), ("stats", 0, 0),
    ]  # fmt: skip
    assert told(province, "outbox", "status").stdout.splitlines()[-1] == "Everything flows."


def test_an_event_that_cannot_be_sent_is_named(province: Province) -> None:
    run(province.databases.intake, PENDING, ONE)
    status, all_of_it = found(province, "outbox", "status")
    assert (status, all_of_it["outboxes"][0]["pending"]) == (1, 1)
    assert all_of_it["outboxes"][0]["blocked"] == [
        {"subject": ONE, "sequence": 9, "why": "the event is not where its writer keeps it"}
    ]
    assert f"intake cannot send {ONE} 9: the event is not" in told(province, "outbox", "status").stdout


@pytest.mark.usefixtures("two_parked")
def test_what_is_held_says_what_it_waits_for(province: Province) -> None:
    run(province.databases.processing, HOLD, "processing", ONE, 3, "calendar/7", 60)
    run(province.databases.processing, HOLD, "processing", OTHER, 5, None, 60)
    status, all_of_it = found(province, "outbox", "status")
    waiting = {one["subject"]: one for one in all_of_it["groups"][1]["waiting"]}
    assert (status, waiting[ONE]["lacks"], waiting[OTHER]["due"]) == (1, "calendar/7", 1)
    shown = re.sub(r"for \d+ s", "for a while", told(province, "outbox", "status").stdout)
    assert f"processing holds 1 of {ONE} from 3 on, for a while: they wait for calendar/7" in shown
    assert f"processing holds 1 of {OTHER} from 5 on, for a while: they wait for event 1" in shown
    assert f"stats holds 1 of {ONE} from 2 on, for a while: they wait for what is parked of it" in shown
    assert "stats has parked 2: motcua parked list stats" in shown


def test_what_is_held_for_a_moment_flows(province: Province) -> None:
    run(province.databases.processing, HOLD, "processing", ONE, 3, "calendar/7", 1)
    status, all_of_it = found(province, "outbox", "status")
    assert (status, all_of_it["groups"][1]["held"]) == (0, 1)


def test_a_log_that_is_away_hides_nothing_else(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    run(province.databases.intake, PENDING, ONE)
    monkeypatch.setenv(LOG_VARIABLE, "postgresql://u:p@127.0.0.1:1/x")
    status, all_of_it = found(province, "outbox", "status")
    assert (status, all_of_it["outboxes"][0]["pending"], all_of_it["groups"][0]["unread"]) == (1, 1, None)
    assert "does not answer" in all_of_it["log_problem"]


def test_a_group_that_read_what_the_log_has_lost_is_told(province: Province) -> None:
    epoch = run(province.databases.intake, "SELECT epoch::text FROM streams WHERE stream = 'dossier'")[0][0]
    place = "group_name = 'stats' AND stream = 'dossier' AND partition = 2"
    stats = province.databases.stats
    (before,) = run(stats, f"SELECT epoch, next_position FROM consumer_position WHERE {place}")  # noqa: S608
    move = f"UPDATE consumer_position SET epoch = $1, next_position = $2 WHERE {place}"  # noqa: S608
    run(stats, move, epoch, 7)
    status, all_of_it = found(province, "outbox", "status")
    run(stats, move, *before)
    assert (status, all_of_it["groups"][3]["behind_the_end"]) == (1, 7)


@pytest.mark.usefixtures("two_parked")
def test_what_is_parked_is_shown_with_its_reason(province: Province) -> None:
    _, rows = found(province, "parked", "list")
    assert [(row["service"], row["subject"], row["sequence"], row["holds"]) for row in rows] == [
        ("stats", ONE, 1, 1), ("stats", OTHER, None, 0),
    ]  # fmt: skip
    assert "[bold]no such status" in told(province, "parked", "list", "stats").stdout
    assert told(province, "parked", "list", "intake").stdout == "Nothing is parked.\n"


@pytest.mark.usefixtures("two_parked")
def test_replay_tries_what_can_be_read(province: Province) -> None:
    assert found(province, "parked", "replay", "stats", "--all", "--dry-run") == (1, [
        {"subject": ONE, "tried": 1, "left": 0}, {"subject": OTHER, "tried": 0, "left": 1},
    ])  # fmt: skip
    assert len(found(province, "parked", "list")[1]) == 2  # nothing has changed
    assert told(province, "parked", "replay", "stats", ONE).exit_code == 0
    assert [row["subject"] for row in found(province, "parked", "list")[1]] == [OTHER]
    held = run(province.databases.stats, "SELECT sequence, waits_for FROM held_event ORDER BY 1")
    assert [tuple(row) for row in held] == [(1, "replay"), (2, None)]


@pytest.mark.usefixtures("two_parked")
def test_drop_goes_on_without_and_keeps_the_reason(province: Province) -> None:
    drop = ("parked", "drop", "stats", ONE, OTHER, "--because", "tested")
    gone = [
        {"subject": ONE, "sequence": 1, "refused": None},
        {"subject": OTHER, "sequence": None, "refused": None},
    ]
    assert found(province, *drop, "--dry-run") == (0, gone)
    assert len(found(province, "parked", "list")[1]) == 2  # nothing has changed
    assert found(province, *drop) == (0, gone)
    assert found(province, "parked", "list")[1] == []
    dropped = found(province, "parked", "list", "--dropped")[1]
    assert {row["dropped_because"] for row in dropped} == {"tested"}
    assert (
        run(province.databases.stats, "SELECT last_sequence FROM consumed WHERE subject = $1", ONE)[0][0] == 1
    )


@pytest.mark.usefixtures("two_parked")
def test_a_drop_out_of_order_is_refused_and_the_others_go_on(province: Province) -> None:
    run(province.databases.stats, "UPDATE parked_event SET sequence = 4 WHERE subject = $1", ONE)
    status, done = found(province, "parked", "drop", "stats", ONE, OTHER, "--because", "tested")
    assert (status, [bool(one["refused"]) for one in done]) == (1, [True, False])
    assert "before event 1" in done[0]["refused"]


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        (["replay", "stats"], 2, "name dossiers, or give --all"),
        (["replay", "stats", ONE, "--all"], 2, "name dossiers, or give --all"),
        (["replay", "stats", ONE, "H41.NONE"], 1, "nothing of H41.NONE; nothing was changed"),
        (["drop", "stats", "H41.NONE", "--because", "x"], 1, "stats has parked nothing of H41.NONE"),
        (["drop", "stats", ONE, "--because", " "], 2, "a reason is needed"),
        (["drop", "stats", ONE], 2, "Missing option '--because'"),
        (["list", "postal"], 2, "'postal' is not one of"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("two_parked")
def test_bad_input_is_told_and_changes_nothing(
    province: Province, arguments: list[str], status: int, why: str
) -> None:
    answer = told(province, "parked", *arguments)
    assert (answer.exit_code, why in answer.stderr) == (status, True), answer.stderr
    assert len(found(province, "parked", "list")[1]) == 2


def test_databases_that_are_away_are_told_in_one_line(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTCUA_STATS_DATABASE_URL", "postgresql://u:p@127.0.0.1:1/x")
    answer = told(province, "parked", "list", "stats")
    assert (answer.exit_code, answer.stderr.count("\n")) == (2, 1)
    assert answer.stderr.startswith("The system cannot be reached: ")
