"""Processing's tables: cases, what they were opened with, reference data, the log of reads, the journal."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.processing_service.adapters.portal.tables import declare_portal_tables
from shared.consumer.tables import consumer_tables
from shared.database import new_metadata
from shared.journal.tables import journal_tables

metadata = new_metadata()
consumer = consumer_tables(metadata)

_OPEN = text(
    "status IN ('accepted', 'processing', 'awaiting_supplement', 'awaiting_payment', 'withdrawal_requested')"
)

case_file = Table(
    "case_file",
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
    Column("assignee", Text),
    Column("foreign_number", Text),
    # The post may see it.
    Column("post", Boolean, nullable=False),
    Column("overdue_after", Date),
    Column("hand_over_due_at", DateTime(timezone=True)),
    Column("calendar_checked", Integer, nullable=False),
    Column("state", JSONB, nullable=False),
    Index("ix_case_file_agency_status", "agency", "status", "code"),
    Index("ix_case_file_desk", "desk", "code"),
    Index("ix_case_file_owner", "owner", "code", postgresql_where=text("owner IS NOT NULL")),
    Index(
        "ix_case_file_representative",
        "representative",
        "code",
        postgresql_where=text("representative IS NOT NULL"),
    ),
    Index("ix_case_file_assignee", "assignee", "code", postgresql_where=text("assignee IS NOT NULL")),
    Index(
        "ix_case_file_foreign_number",
        "foreign_number",
        postgresql_where=text("foreign_number IS NOT NULL"),
    ),
    Index(
        "ix_case_file_hand_over_due_at",
        "hand_over_due_at",
        postgresql_where=text("hand_over_due_at IS NOT NULL"),
    ),
    Index("ix_case_file_calendar_checked", "calendar_checked", "code", postgresql_where=_OPEN),
)

# Read seldom and never changed: apart from the row that every act writes anew.
case_opening = Table(
    "case_opening",
    metadata,
    Column("code", Text, primary_key=True),
    Column("components", JSONB, nullable=False),
    Column("sealed", Text, nullable=False),
)

reference_version = Table(
    "reference_version",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("data", JSONB, nullable=False),
)

personal_data_read = Table(
    "personal_data_read",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("reader", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("agency", Text),
    Column("read_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("ix_personal_data_read_code", "code", "id"),
)

declare_portal_tables(metadata)
journal = journal_tables(metadata, case_file)
