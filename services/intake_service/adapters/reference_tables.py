"""Tables of the reference data that intake owns, and of the blocks that dossier codes come from."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB


def declare_reference_tables(metadata: MetaData) -> None:
    """Declare them in `metadata`; the statements that use them name them."""
    Table(
        "reference_version",
        metadata,
        Column("kind", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("data", JSONB, nullable=False),
        Column("occurred_at", DateTime(timezone=True), nullable=False),
        Column("published_by", Text, nullable=False),
        # Grows in commit order, so that "what is newer than the last I saw" misses nothing.
        Column("revision", BigInteger, nullable=False),
        Index("ix_reference_version_revision", "revision"),
    )
    Table(
        "reference_head",
        metadata,
        # One row: its lock puts publications in order.
        Column("id", SmallInteger, primary_key=True, autoincrement=False),
        Column("revision", BigInteger, nullable=False),
        CheckConstraint("id = 1", name="one_row"),
    )
    Table(
        "catalogue_entry",
        metadata,
        # The newest version of each procedure, to search in: no extension of the server drops diacritics.
        Column("code", Text, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("field", Text, nullable=False),
        Column("agencies", ARRAY(Text), nullable=False),
        Column("searchable", Text, nullable=False),
        Index("ix_catalogue_entry_field", "field", "code"),
    )
    Table(
        "catalogue_import",
        metadata,
        Column("number", Integer, Identity(), primary_key=True),
        Column("caller", Text, nullable=False),
        Column("idempotency_key", Text, nullable=False),
        Column("fingerprint", String(64), nullable=False),
        Column("occurred_at", DateTime(timezone=True), nullable=False),
        Column("report", JSONB, nullable=False),
        UniqueConstraint("caller", "idempotency_key"),
    )
    Table(
        "dossier_code_block",
        metadata,
        Column("agency", Text, primary_key=True),
        Column("day", Date, primary_key=True),
        Column("last_sequence", Integer, nullable=False),
    )
