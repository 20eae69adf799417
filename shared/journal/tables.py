"""Tables of every service that writes dossiers: history, what is still to be sent, idempotency keys."""

from dataclasses import dataclass

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB


@dataclass(frozen=True, slots=True)
class JournalTables:
    """The journal's part of a service's database. `dossier` is the service's own table of current rows; it
    must have the columns `code` (primary key), `version` and `head_hash`."""

    dossier: Table
    history: Table
    outbox_pending: Table
    idempotency_key: Table
    watermark: Table


def journal_tables(metadata: MetaData, dossier: Table) -> JournalTables:
    """Declare the tables in `metadata`."""
    history = Table(
        "history",
        metadata,
        # The filing day is part of the code, so one dossier lies in one partition (by filing year, as the
        # keys that seal its personal data) and (code, sequence) is unique over all of them.
        Column("filed_on", Date, primary_key=True),
        Column("code", Text, primary_key=True),
        Column("sequence", Integer, primary_key=True, autoincrement=False),
        Column("type", Text, nullable=False),
        Column("occurred_at", DateTime(timezone=True), nullable=False),
        Column("actor", Text, nullable=False),
        Column("reason", Text),
        Column("salt", LargeBinary, nullable=False),
        Column("data", JSONB, nullable=False),
        Column("sealed", Text),
        Column("traceparent", Text),
        Column("format", SmallInteger, nullable=False),
        Column("previous_hash", LargeBinary, nullable=False),
        Column("hash", LargeBinary, nullable=False),
        postgresql_partition_by="RANGE (filed_on)",
    )
    return JournalTables(
        dossier=dossier,
        history=history,
        outbox_pending=outbox_pending_table(metadata),
        idempotency_key=Table(
            "idempotency_key",
            metadata,
            Column("caller", Text, primary_key=True),
            Column("route", Text, primary_key=True),
            Column("key", Text, primary_key=True),
            Column("fingerprint", String(64), nullable=False),
            Column("code", Text, nullable=False),
            Column("sequence", Integer, nullable=False),
            Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
            Index("ix_idempotency_key_created_at", "created_at"),
        ),
        # One row from the first watermark on. Nothing is written any more of a moment before `up_to`; once
        # it is sent, consumers know that too (`shared/outbox/watermarks.py`).
        watermark=Table(
            "watermark",
            metadata,
            Column("single", Boolean, primary_key=True, server_default=text("true")),
            Column("number", Integer, nullable=False),
            Column("up_to", DateTime(timezone=True), nullable=False),
            Column("sent", Boolean, nullable=False),
        ),
    )


def outbox_pending_table(metadata: MetaData) -> Table:
    """What is written and not yet confirmed by the log. A row lives for milliseconds."""
    return Table(
        "outbox_pending",
        metadata,
        Column("bucket", SmallInteger, primary_key=True, autoincrement=False),
        Column("stream", Text, primary_key=True),
        Column("subject", Text, primary_key=True),
        Column("sequence", Integer, primary_key=True, autoincrement=False),
        Column("pending_since", DateTime(timezone=True), nullable=False, server_default=func.now()),
    )


HISTORY_YEARS = range(2022, 2036)


def history_partitions() -> list[str]:
    """DDL for a migration: one partition a filing year, and a default one so that no year is ever refused."""
    statements = [
        f"CREATE TABLE history_{year} PARTITION OF history"
        f" FOR VALUES FROM ('{year}-01-01') TO ('{year + 1}-01-01')"
        for year in HISTORY_YEARS
    ]
    return [*statements, "CREATE TABLE history_default PARTITION OF history DEFAULT"]


def append_only_history() -> list[str]:
    """DDL for a migration: nobody who only works with rows can change or remove an entry.

    A superuser can, and the tables' owner; `motcua audit verify` finds what they did.
    """
    return [
        """
CREATE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history is only ever added to' USING ERRCODE = 'restrict_violation';
END
$$
""",
        # By row, for such a trigger holds in every partition, however it is addressed.
        """
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON history
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history()
""",
    ]


def changeable_history() -> list[str]:
    """DDL that takes `append_only_history` back."""
    return ["DROP TRIGGER only_added_to ON history", "DROP FUNCTION refuse_change_of_history()"]
