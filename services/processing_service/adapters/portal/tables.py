"""Tables of what goes to the national portal: what it is to show, what waits to be sent, what was called."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB


def declare_portal_tables(metadata: MetaData) -> None:
    """Declare the tables in `metadata`."""
    Table(
        "portal_record",
        metadata,
        Column("code", Text, primary_key=True),
        Column("filed_on", Date, nullable=False),
        # Of the last event that is in `record`, and of the last one that the portal has confirmed.
        Column("sequence", Integer, nullable=False),
        Column("confirmed", Integer, nullable=False, server_default=text("0")),
        Column("record", JSONB, nullable=False),
        Column("sealed", Text, nullable=False),
        # Whether the portal has the dossier; not to be relied on while `unclear`.
        Column("known", Boolean, nullable=False, server_default=text("false")),
        Column("unclear", Boolean, nullable=False, server_default=text("false")),
        # Since when the portal does not know the last change; when to try next.
        Column("behind_since", DateTime(timezone=True)),
        Column("due_at", DateTime(timezone=True)),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        Column("claim", Text),
        Column("claimed_until", DateTime(timezone=True)),
        # Why a person has to look at it.
        Column("problem", JSONB),
        Index("ix_portal_record_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_portal_record_filed_on", "filed_on", "code"),
        Index("ix_portal_record_problem", "code", postgresql_where=text("problem IS NOT NULL")),
        postgresql_with={"fillfactor": 70},
    )
    # Kept: where the portal has lost one, it is told again.
    Table(
        "portal_step",
        metadata,
        Column("code", Text, primary_key=True),
        Column("sequence", Integer, primary_key=True, autoincrement=False),
        Column("step", JSONB, nullable=False),
    )
    Table(
        "portal_call",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("called_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("call", Text, nullable=False),
        Column("codes", ARRAY(Text), nullable=False),
        Column("request_hash", Text, nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("outcome", Text, nullable=False),
        Column("answer_code", Text),
        Column("duration_ms", Integer, nullable=False),
        Index("ix_portal_call_codes", "codes", postgresql_using="gin"),
        Index("ix_portal_call_called_at", "called_at"),
    )
    # One row, from the first call on: what all workers together know of the way to the portal.
    Table(
        "portal_link",
        metadata,
        Column("single", Boolean, primary_key=True, server_default=text("true")),
        Column("session", Text),
        Column("failures", Integer, nullable=False, server_default=text("0")),
        Column("open_until", DateTime(timezone=True)),
        Column("next_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    )
