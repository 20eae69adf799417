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
        "case_file",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("representative", sa.Text(), nullable=True),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("foreign_number", sa.Text(), nullable=True),
        sa.Column("post", sa.Boolean(), nullable=False),
        sa.Column("overdue_after", sa.Date(), nullable=True),
        sa.Column("hand_over_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("calendar_checked", sa.Integer(), nullable=False),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_case_file")),
    )
    op.create_index("ix_case_file_agency_status", "case_file", ["agency", "status", "code"], unique=False)
    op.create_index(
        "ix_case_file_assignee",
        "case_file",
        ["assignee", "code"],
        unique=False,
        postgresql_where=sa.text("assignee IS NOT NULL"),
    )
    op.create_index(
        "ix_case_file_calendar_checked",
        "case_file",
        ["calendar_checked", "code"],
        unique=False,
        postgresql_where=sa.text(
            "status IN ('accepted', 'processing', 'awaiting_supplement', 'awaiting_payment',"
            " 'withdrawal_requested')"
        ),
    )
    op.create_index("ix_case_file_desk", "case_file", ["desk", "code"], unique=False)
    op.create_index(
        "ix_case_file_foreign_number",
        "case_file",
        ["foreign_number"],
        unique=False,
        postgresql_where=sa.text("foreign_number IS NOT NULL"),
    )
    op.create_index(
        "ix_case_file_hand_over_due_at",
        "case_file",
        ["hand_over_due_at"],
        unique=False,
        postgresql_where=sa.text("hand_over_due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_case_file_owner",
        "case_file",
        ["owner", "code"],
        unique=False,
        postgresql_where=sa.text("owner IS NOT NULL"),
    )
    op.create_index(
        "ix_case_file_representative",
        "case_file",
        ["representative", "code"],
        unique=False,
        postgresql_where=sa.text("representative IS NOT NULL"),
    )
    op.create_table(
        "case_opening",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("components", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_case_opening")),
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
        "personal_data_read",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_data_read")),
    )
    op.create_index("ix_personal_data_read_code", "personal_data_read", ["code", "id"], unique=False)
    op.create_table(
        "reference_version",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", "version", name=op.f("pk_reference_version")),
    )
    op.create_table(
        "watermark",
        sa.Column("single", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("up_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("single", name=op.f("pk_watermark")),
    )


def downgrade() -> None:
    for table in (
        "watermark",
        "reference_version",
        "personal_data_read",
        "parked_event",
        "outbox_pending",
        "idempotency_key",
        "history",
        "held_event",
        "consumer_position",
        "consumed",
        "case_opening",
        "case_file",
    ):
        op.drop_table(table)
