"""Reading a history back."""

from typing import Any

from sqlalchemy import Row, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.history import HistoryEntry, filed_on
from shared.schemas.lifecycle import EventType


async def history_entry(
    connection: AsyncConnection, history: Table, code: str, sequence: int
) -> HistoryEntry:
    """The entry, which must exist."""
    query = select(history).where(
        history.c.filed_on == filed_on(code), history.c.code == code, history.c.sequence == sequence
    )
    return entry_of((await connection.execute(query)).one())


async def history_page(
    connection: AsyncConnection, history: Table, code: str, after_sequence: int, limit: int
) -> list[HistoryEntry]:
    """Entries behind `after_sequence`, oldest first."""
    query = (
        select(history)
        .where(
            history.c.filed_on == filed_on(code),
            history.c.code == code,
            history.c.sequence > after_sequence,
        )
        .order_by(history.c.sequence)
        .limit(limit)
    )
    return [entry_of(row) for row in await connection.execute(query)]


def entry_of(row: Row[Any]) -> HistoryEntry:
    """A row of the history table as an entry."""
    return HistoryEntry(
        code=row.code,
        sequence=row.sequence,
        type=EventType(row.type),
        occurred_at=row.occurred_at,
        actor=row.actor,
        reason=row.reason,
        salt=row.salt,
        data=row.data,
        sealed=row.sealed,
        previous_hash=row.previous_hash,
        hash=row.hash,
    )
