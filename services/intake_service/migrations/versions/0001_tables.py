"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.journal.tables import history_partitions

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "catalogue_entry",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("agencies", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("searchable", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_catalogue_entry")),
    )
    op.create_index("ix_catalogue_entry_field", "catalogue_entry", ["field", "code"], unique=False)
    op.create_table(
        "catalogue_import",
        sa.Column("number", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_catalogue_import")),
        sa.UniqueConstraint(
            "caller", "idempotency_key", name=op.f("uq_catalogue_import_caller_idempotency_key")
        ),
    )
    op.create_table(
        "consumed",
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("group_name", "subject", name=op.f("pk_consumed")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "consumer_position",
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("partition", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("next_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("group_name", "stream", "partition", name=op.f("pk_consumer_position")),
    )
    op.create_table(
        "dossier",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("representative", sa.Text(), nullable=True),
        sa.Column("foreign_number", sa.Text(), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lapses_on", sa.Date(), nullable=True),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_dossier")),
        sa.UniqueConstraint("foreign_number", name=op.f("uq_dossier_foreign_number")),
    )
    op.create_index(
        "ix_dossier_agency_status", "dossier", ["agency", "status", "filed_at", "code"], unique=False
    )
    op.create_index(
        "ix_dossier_lapses_on",
        "dossier",
        ["lapses_on"],
        unique=False,
        postgresql_where=sa.text("lapses_on IS NOT NULL"),
    )
    op.create_index(
        "ix_dossier_owner",
        "dossier",
        ["owner", "filed_at", "code"],
        unique=False,
        postgresql_where=sa.text("owner IS NOT NULL"),
    )
    op.create_table(
        "dossier_code_block",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("agency", "day", name=op.f("pk_dossier_code_block")),
    )
    op.create_table(
        "held_event",
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("partition", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("waits_for", sa.Text(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("group_name", "subject", "sequence", name=op.f("pk_held_event")),
    )
    op.create_index(
        "ix_held_event_retried",
        "held_event",
        ["group_name", "stream", "subject"],
        unique=False,
        postgresql_where=sa.text("waits_for IS NOT NULL"),
    )
    op.create_table(
        "history",
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("format", sa.SmallInteger(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("filed_on", "code", "sequence", name=op.f("pk_history")),
        postgresql_partition_by="RANGE (filed_on)",
    )
    for statement in history_partitions():
        op.execute(statement)
    op.create_table(
        "idempotency_key",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("caller", "route", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_index("ix_idempotency_key_created_at", "idempotency_key", ["created_at"], unique=False)
    op.create_table(
        "outbox_pending",
        sa.Column("bucket", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "pending_since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("bucket", "stream", "subject", "sequence", name=op.f("pk_outbox_pending")),
    )
    op.create_table(
        "parked_event",
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("partition", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped_because", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("group_name", "subject", "digest", name=op.f("pk_parked_event")),
    )
    op.create_table(
        "public_view",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("appointment", sa.Date(), nullable=True),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_public_view")),
    )
    op.create_table(
        "reference_head",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_reference_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_head")),
    )
    op.create_table(
        "reference_version",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", "version", name=op.f("pk_reference_version")),
    )
    op.create_index("ix_reference_version_revision", "reference_version", ["revision"], unique=False)
    op.create_table(
        "watermark",
        sa.Column("single", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("up_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("single", name=op.f("pk_watermark")),
    )


def downgrade() -> None:
    op.drop_table("watermark")
    op.drop_index("ix_reference_version_revision", table_name="reference_version")
    op.drop_table("reference_version")
    op.drop_table("reference_head")
    op.drop_table("public_view")
    op.drop_table("parked_event")
    op.drop_table("outbox_pending")
    op.drop_index("ix_idempotency_key_created_at", table_name="idempotency_key")
    op.drop_table("idempotency_key")
    op.drop_table("history")
    op.drop_index(
        "ix_held_event_retried", table_name="held_event", postgresql_where=sa.text("waits_for IS NOT NULL")
    )
    op.drop_table("held_event")
    op.drop_table("dossier_code_block")
    op.drop_index("ix_dossier_owner", table_name="dossier", postgresql_where=sa.text("owner IS NOT NULL"))
    op.drop_index(
        "ix_dossier_lapses_on", table_name="dossier", postgresql_where=sa.text("lapses_on IS NOT NULL")
    )
    op.drop_index("ix_dossier_agency_status", table_name="dossier")
    op.drop_table("dossier")
    op.drop_table("consumer_position")
    op.drop_table("consumed")
    op.drop_table("catalogue_import")
    op.drop_index("ix_catalogue_entry_field", table_name="catalogue_entry")
    op.drop_table("catalogue_entry")
