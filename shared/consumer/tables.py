"""Where a service keeps, in its own database, what its consumer groups have taken in and what waits."""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    func,
    text,
)


@dataclass(frozen=True, slots=True)
class ConsumerTables:
    """The consumer's part of a service's database."""

    position: Table
    consumed: Table
    held: Table
    parked: Table


def consumer_tables(metadata: MetaData) -> ConsumerTables:
    """Declare the tables in `metadata`."""
    return ConsumerTables(
        # One row per partition: its lock orders everything that is done to the partition's subjects.
        position=Table(
            "consumer_position",
            metadata,
            Column("group_name", Text, primary_key=True),
            Column("stream", Text, primary_key=True),
            Column("partition", SmallInteger, primary_key=True, autoincrement=False),
            Column("epoch", Text, nullable=False),
            Column("next_position", BigInteger, nullable=False),
        ),
        consumed=Table(
            "consumed",
            metadata,
            Column("group_name", Text, primary_key=True),
            Column("subject", Text, primary_key=True),
            Column("last_sequence", Integer, nullable=False),
            # Room on the page keeps the many versions of a row off the index.
            postgresql_with={"fillfactor": 70},
        ),
        held=Table(
            "held_event",
            metadata,
            Column("group_name", Text, primary_key=True),
            Column("subject", Text, primary_key=True),
            Column("sequence", Integer, primary_key=True, autoincrement=False),
            Column("stream", Text, nullable=False),
            Column("partition", SmallInteger, nullable=False),
            Column("position", BigInteger, nullable=False),
            Column("waits_for", Text),
            Column("raw", LargeBinary, nullable=False),
            Column("held_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
            # What waits for an earlier event of its subject is found by that event; the others are polled.
            Index(
                "ix_held_event_retried",
                "group_name",
                "stream",
                "subject",
                postgresql_where=text("waits_for IS NOT NULL"),
            ),
        ),
        parked=Table(
            "parked_event",
            metadata,
            Column("group_name", Text, primary_key=True),
            Column("subject", Text, primary_key=True),
            # Of the message: what cannot be read may have nothing else to be known by.
            Column("digest", LargeBinary, primary_key=True),
            Column("sequence", Integer),
            Column("stream", Text, nullable=False),
            Column("partition", SmallInteger, nullable=False),
            Column("position", BigInteger, nullable=False),
            Column("raw", LargeBinary, nullable=False),
            Column("error", Text, nullable=False),
            Column("parked_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
            Column("dropped_at", DateTime(timezone=True)),
            Column("dropped_because", Text),
        ),
    )
