"""Takes dossier events in: their facts, and what they change in the figures."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats_service.adapters.arrivals import note_watermarks
from services.stats_service.adapters.cells import cell_ids
from services.stats_service.adapters.rolling_lock import wait_for_no_roller
from services.stats_service.adapters.tables import SEVERAL_AGENCIES
from services.stats_service.domain.cell import Cell
from services.stats_service.domain.contributions import Account, Contributions
from services.stats_service.domain.facts import IDLE_EVENTS, Fact, Life, fact_of, from_json, to_json
from shared.clock import local_date
from shared.events.envelope import Envelope
from shared.log.port import DOSSIER_STREAM

_LIVES = text("SELECT code, facts::text FROM dossier WHERE code = ANY(CAST(:codes AS text[]))")
_GO_ON = text("""
INSERT INTO dossier (code, agency, began_on, settled_on, facts)
SELECT code, agency, began_on, settled_on, facts::jsonb
FROM unnest(
    CAST(:codes AS text[]), CAST(:agencies AS text[]), CAST(:began_on AS date[]), CAST(:settled_on AS date[]),
    CAST(:facts AS text[])
) AS given (code, agency, began_on, settled_on, facts)
ON CONFLICT (code) DO UPDATE
SET agency = excluded.agency, began_on = excluded.began_on, settled_on = excluded.settled_on,
    facts = dossier.facts || excluded.facts
""")


class DossierProjection:
    """The reaction to the stream of dossiers."""

    group = "stats"
    stream = DOSSIER_STREAM

    async def apply(self, connection: AsyncConnection, events: Sequence[Envelope]) -> None:
        """See `shared.consumer.port.Reaction`."""
        told = _facts_by_code(event for event in events if event.watermark() is None)
        if told:
            await self._go_on(connection, told)
        await note_watermarks(connection, events)

    def lacks(self, event: Envelope) -> str | None:
        """Nothing: a dossier's event pins all that is counted by."""
        return None

    async def _go_on(self, connection: AsyncConnection, told: Mapping[str, Life]) -> None:
        await wait_for_no_roller(connection)
        lives = await _lives(connection, list(told))
        accounts = {code: Account(lives.get(code, ())) for code in told}
        changes = [
            _Change(code, fact, entries)
            for code, facts in told.items()
            for fact in facts
            if (entries := accounts[code].take(fact))
        ]
        await connection.execute(
            _GO_ON,
            {
                "codes": list(told),
                "agencies": [accounts[code].only_agency or SEVERAL_AGENCIES for code in told],
                "began_on": [accounts[code].began_on for code in told],
                "settled_on": [accounts[code].settled_on for code in told],
                "facts": [_dump(facts) for facts in told.values()],
            },
        )
        if changes:
            await _append(connection, changes)


class _Change(NamedTuple):
    code: str
    fact: Fact
    entries: Contributions


def _facts_by_code(events: Iterable[Envelope]) -> Mapping[str, Life]:
    told: defaultdict[str, list[Fact]] = defaultdict(list)
    for event in events:
        if event.dossier_event_type not in IDLE_EVENTS:
            told[event.subject].append(fact_of(event.sequence, event.time, event.dossier_event()))
    return told


async def _lives(connection: AsyncConnection, codes: list[str]) -> Mapping[str, Life]:
    rows = await connection.execute(_LIVES, {"codes": codes})
    return {code: [from_json(document) for document in json.loads(facts)] for code, facts in rows}


def _dump(life: Life) -> str:
    return json.dumps([to_json(fact) for fact in life], ensure_ascii=False, separators=(",", ":"))


async def _append(connection: AsyncConnection, changes: Sequence[_Change]) -> None:
    cells = {cell for change in changes for cell, _, _ in change.entries}
    ids = await cell_ids(connection, cells)
    rows = [row for change in changes for row in _rows(change, ids)]
    counters = sorted({counter for _, counted in rows for counter in counted})
    await _copy(
        connection,
        ["code", "sequence", "cell_id", "effective_on", "recorded_at", "correction", *counters],
        [(*head, *(counted.get(counter) for counter in counters)) for head, counted in rows],
    )


def _rows(change: _Change, ids: Mapping[Cell, int]) -> list[tuple[tuple[Any, ...], dict[str, int]]]:
    counted: defaultdict[tuple[Cell, date], dict[str, int]] = defaultdict(dict)
    for (cell, counter, effective_on), n in change.entries.items():
        counted[cell, effective_on][counter] = n
    fact = change.fact
    recorded_on = local_date(fact.at)
    return [
        (
            (change.code, fact.sequence, ids[cell], effective_on, fact.at, effective_on < recorded_on),
            counters,
        )
        for (cell, effective_on), counters in counted.items()
    ]


async def _copy(connection: AsyncConnection, columns: list[str], rows: Sequence[tuple[Any, ...]]) -> None:
    # COPY, because rows of some fifty mostly empty columns are slow as parameters of a statement.
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    assert isinstance(driver, asyncpg.Connection)  # noqa: S101 - the engine of every service is asyncpg's
    await driver.copy_records_to_table("delta", records=rows, columns=columns)
