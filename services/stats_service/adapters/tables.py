"""The tables of statistics. Columns of counters follow their declaration in `domain/counters.py`."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.stats_service.domain.counters import COUNTER_NAMES
from shared.consumer.tables import consumer_tables
from shared.database import new_metadata

metadata = new_metadata()

SEVERAL_AGENCIES = ""
"""Stands where an agency would, for a dossier that went from one to another."""


def _counters(kind: type[Any], **options: Any) -> list[Column[Any]]:
    return [Column(name, kind, **options) for name in COUNTER_NAMES]


dossier = Table(
    "dossier",
    metadata,
    Column("code", Text, primary_key=True),
    # What a drill-down into a level finds it by: where alone it has ever counted, the first day on which it
    # is in a level, and the day from whose end on it is in none.
    Column("agency", Text, nullable=False),
    Column("began_on", Date),
    Column("settled_on", Date),
    # The facts of its events that count (`domain/facts.py`), in order.
    Column("facts", JSONB, nullable=False),
    Index("ix_dossier_agency_settled_on_began_on", "agency", "settled_on", "began_on"),
    postgresql_with={"fillfactor": 80},
)

# What figures are summed up for: a cell, or all cells that share some of its dimensions. A dimension that the
# kind of scope does not narrow is empty.
scope = Table(
    "scope",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("desk", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("procedure", Text, nullable=False),
    Column("channel", Text, nullable=False),
    UniqueConstraint("kind", "agency", "field", "procedure", "channel", "desk"),
)

cell_scope = Table(
    "cell_scope",
    metadata,
    Column("cell_id", ForeignKey(scope.c.id), primary_key=True),
    Column("scope_id", ForeignKey(scope.c.id), primary_key=True),
)

# What one event of one dossier changed in one cell from one day on. Never updated, never deleted.
delta = Table(
    "delta",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("cell_id", ForeignKey(scope.c.id), nullable=False),
    Column("effective_on", Date, nullable=False),
    # Business time of the event.
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    # Effective on an earlier day than it was recorded: what a frozen period lists.
    Column("correction", Boolean, nullable=False),
    *_counters(SmallInteger),
    Index("ix_delta_code", "code"),
    Index("ix_delta_effective_on_cell_id", "effective_on", "cell_id"),
    Index(
        "ix_delta_correction", "recorded_at", "effective_on", "cell_id", postgresql_where=text("correction")
    ),
)

# The sum of all deltas of a scope up to the end of a day; a row for each day on which something changed.
cumulative = Table(
    "cumulative",
    metadata,
    Column("scope_id", ForeignKey(scope.c.id), primary_key=True),
    Column("day", Date, primary_key=True),
    *_counters(BigInteger, nullable=False),
    postgresql_with={"fillfactor": 70},
)

# One row: up to which delta `cumulative` is summed up.
rolled = Table(
    "rolled",
    metadata,
    Column("single", Boolean, primary_key=True, server_default=text("true")),
    Column("up_to", BigInteger, nullable=False),
)

# Up to when everything is known that a service has recorded, as far as it lies in a partition of the log.
watermark = Table(
    "watermark",
    metadata,
    Column("source", Text, primary_key=True),
    Column("partition", SmallInteger, primary_key=True, autoincrement=False),
    Column("up_to", DateTime(timezone=True), nullable=False),
)

agency_tree_version = Table(
    "agency_tree_version",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("document", JSONB, nullable=False),
)

procedure_version = Table(
    "procedure_version",
    metadata,
    Column("code", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("name_vi", Text, nullable=False),
    Column("field", Text, nullable=False),
    Index("ix_procedure_version_field", "field"),
)

closed_period = Table(
    "closed_period",
    metadata,
    Column("first_day", Date, primary_key=True),
    Column("last_day", Date, primary_key=True),
    Column("closed_at", DateTime(timezone=True), nullable=False),
    Column("closed_by", Text, nullable=False),
    # The last delta that is in it. What later ones change in the period are corrections.
    Column("up_to", BigInteger, nullable=False),
    # SHA-256 of `document`, which is canonical JSON and kept to the letter.
    Column("digest", Text, nullable=False),
    Column("total", JSONB, nullable=False),
    Column("document", Text, nullable=False),
    Index("ix_closed_period_last_day", "last_day", "first_day"),
)

consumer_tables(metadata)
