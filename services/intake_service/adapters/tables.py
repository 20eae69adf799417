"""Intake's tables: the current rows of its dossiers, what the public may look up, and the journal."""

from sqlalchemy import Column, Date, DateTime, Index, Integer, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from services.intake_service.adapters.reference_tables import declare_reference_tables
from shared.consumer.tables import consumer_tables
from shared.database import new_metadata
from shared.journal.tables import journal_tables

metadata = new_metadata()

dossier = Table(
    "dossier",
    metadata,
    Column("code", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("head_hash", LargeBinary, nullable=False),
    Column("status", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("desk", Text, nullable=False),
    Column("procedure", Text, nullable=False),
    Column("owner", Text),
    Column("representative", Text),
    # The portal's number is an idempotency key for ever.
    Column("foreign_number", Text, unique=True),
    Column("filed_at", DateTime(timezone=True), nullable=False),
    Column("lapses_on", Date),
    Column("state", JSONB, nullable=False),
    Index("ix_dossier_agency_status", "agency", "status", "filed_at", "code"),
    Index("ix_dossier_owner", "owner", "filed_at", "code", postgresql_where=text("owner IS NOT NULL")),
    Index("ix_dossier_lapses_on", "lapses_on", postgresql_where=text("lapses_on IS NOT NULL")),
)

journal = journal_tables(metadata, dossier)
consumer = consumer_tables(metadata)
declare_reference_tables(metadata)

public_view = Table(
    "public_view",
    metadata,
    Column("code", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("appointment", Date),
    Column("promised_on", Date),
)
