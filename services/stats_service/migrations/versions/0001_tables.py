"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agency_tree_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_agency_tree_version")),
    )
    op.create_table(
        "closed_period",
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.Column("up_to", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("total", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("first_day", "last_day", name=op.f("pk_closed_period")),
    )
    op.create_index("ix_closed_period_last_day", "closed_period", ["last_day", "first_day"], unique=False)
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
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_dossier")),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index(
        "ix_dossier_agency_settled_on_began_on",
        "dossier",
        ["agency", "settled_on", "began_on"],
        unique=False,
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
        "procedure_version",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name_vi", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", "version", name=op.f("pk_procedure_version")),
    )
    op.create_index("ix_procedure_version_field", "procedure_version", ["field"], unique=False)
    op.create_table(
        "rolled",
        sa.Column("single", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("up_to", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("single", name=op.f("pk_rolled")),
    )
    op.create_table(
        "scope",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scope")),
        sa.UniqueConstraint(
            "kind",
            "agency",
            "field",
            "procedure",
            "channel",
            "desk",
            name=op.f("uq_scope_kind_agency_field_procedure_channel_desk"),
        ),
    )
    op.create_table(
        "watermark",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("partition", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("up_to", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "partition", name=op.f("pk_watermark")),
    )
    op.create_table(
        "cell_scope",
        sa.Column("cell_id", sa.Integer(), nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["cell_id"], ["scope.id"], name=op.f("fk_cell_scope_cell_id_scope")),
        sa.ForeignKeyConstraint(["scope_id"], ["scope.id"], name=op.f("fk_cell_scope_scope_id_scope")),
        sa.PrimaryKeyConstraint("cell_id", "scope_id", name=op.f("pk_cell_scope")),
    )
    op.create_table(
        "cumulative",
        sa.Column("scope_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("filed", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("received_counter", sa.BigInteger(), nullable=False),
        sa.Column("received_online", sa.BigInteger(), nullable=False),
        sa.Column("received_postal", sa.BigInteger(), nullable=False),
        sa.Column("transferred_in", sa.BigInteger(), nullable=False),
        sa.Column("transferred_out", sa.BigInteger(), nullable=False),
        sa.Column("resolved", sa.BigInteger(), nullable=False),
        sa.Column("early", sa.BigInteger(), nullable=False),
        sa.Column("on_time", sa.BigInteger(), nullable=False),
        sa.Column("late", sa.BigInteger(), nullable=False),
        sa.Column("undated", sa.BigInteger(), nullable=False),
        sa.Column("closed_without_result", sa.BigInteger(), nullable=False),
        sa.Column("sent_back", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn", sa.BigInteger(), nullable=False),
        sa.Column("not_accepted", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("cancelled", sa.BigInteger(), nullable=False),
        sa.Column("lapsed", sa.BigInteger(), nullable=False),
        sa.Column("answered_late", sa.BigInteger(), nullable=False),
        sa.Column("postal_submissions", sa.BigInteger(), nullable=False),
        sa.Column("postal_pickups", sa.BigInteger(), nullable=False),
        sa.Column("postal_returns", sa.BigInteger(), nullable=False),
        sa.Column("digitised", sa.BigInteger(), nullable=False),
        sa.Column("components", sa.BigInteger(), nullable=False),
        sa.Column("components_reused", sa.BigInteger(), nullable=False),
        sa.Column("results", sa.BigInteger(), nullable=False),
        sa.Column("results_digitised", sa.BigInteger(), nullable=False),
        sa.Column("supplement_requests", sa.BigInteger(), nullable=False),
        sa.Column("second_supplement_requests", sa.BigInteger(), nullable=False),
        sa.Column("apologies", sa.BigInteger(), nullable=False),
        sa.Column("payments", sa.BigInteger(), nullable=False),
        sa.Column("payments_online", sa.BigInteger(), nullable=False),
        sa.Column("handed_over", sa.BigInteger(), nullable=False),
        sa.Column("handed_over_counter", sa.BigInteger(), nullable=False),
        sa.Column("handed_over_online", sa.BigInteger(), nullable=False),
        sa.Column("handed_over_post", sa.BigInteger(), nullable=False),
        sa.Column("submitted", sa.BigInteger(), nullable=False),
        sa.Column("unanswered", sa.BigInteger(), nullable=False),
        sa.Column("incomplete", sa.BigInteger(), nullable=False),
        sa.Column("under_processing", sa.BigInteger(), nullable=False),
        sa.Column("in_time", sa.BigInteger(), nullable=False),
        sa.Column("overdue", sa.BigInteger(), nullable=False),
        sa.Column("undated_open", sa.BigInteger(), nullable=False),
        sa.Column("awaiting_supplement", sa.BigInteger(), nullable=False),
        sa.Column("awaiting_supplement_overdue", sa.BigInteger(), nullable=False),
        sa.Column("awaiting_payment", sa.BigInteger(), nullable=False),
        sa.Column("awaiting_payment_overdue", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["scope_id"], ["scope.id"], name=op.f("fk_cumulative_scope_id_scope")),
        sa.PrimaryKeyConstraint("scope_id", "day", name=op.f("pk_cumulative")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "delta",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("cell_id", sa.Integer(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("correction", sa.Boolean(), nullable=False),
        sa.Column("filed", sa.SmallInteger(), nullable=True),
        sa.Column("received", sa.SmallInteger(), nullable=True),
        sa.Column("received_counter", sa.SmallInteger(), nullable=True),
        sa.Column("received_online", sa.SmallInteger(), nullable=True),
        sa.Column("received_postal", sa.SmallInteger(), nullable=True),
        sa.Column("transferred_in", sa.SmallInteger(), nullable=True),
        sa.Column("transferred_out", sa.SmallInteger(), nullable=True),
        sa.Column("resolved", sa.SmallInteger(), nullable=True),
        sa.Column("early", sa.SmallInteger(), nullable=True),
        sa.Column("on_time", sa.SmallInteger(), nullable=True),
        sa.Column("late", sa.SmallInteger(), nullable=True),
        sa.Column("undated", sa.SmallInteger(), nullable=True),
        sa.Column("closed_without_result", sa.SmallInteger(), nullable=True),
        sa.Column("sent_back", sa.SmallInteger(), nullable=True),
        sa.Column("withdrawn", sa.SmallInteger(), nullable=True),
        sa.Column("not_accepted", sa.SmallInteger(), nullable=True),
        sa.Column("refused", sa.SmallInteger(), nullable=True),
        sa.Column("cancelled", sa.SmallInteger(), nullable=True),
        sa.Column("lapsed", sa.SmallInteger(), nullable=True),
        sa.Column("answered_late", sa.SmallInteger(), nullable=True),
        sa.Column("postal_submissions", sa.SmallInteger(), nullable=True),
        sa.Column("postal_pickups", sa.SmallInteger(), nullable=True),
        sa.Column("postal_returns", sa.SmallInteger(), nullable=True),
        sa.Column("digitised", sa.SmallInteger(), nullable=True),
        sa.Column("components", sa.SmallInteger(), nullable=True),
        sa.Column("components_reused", sa.SmallInteger(), nullable=True),
        sa.Column("results", sa.SmallInteger(), nullable=True),
        sa.Column("results_digitised", sa.SmallInteger(), nullable=True),
        sa.Column("supplement_requests", sa.SmallInteger(), nullable=True),
        sa.Column("second_supplement_requests", sa.SmallInteger(), nullable=True),
        sa.Column("apologies", sa.SmallInteger(), nullable=True),
        sa.Column("payments", sa.SmallInteger(), nullable=True),
        sa.Column("payments_online", sa.SmallInteger(), nullable=True),
        sa.Column("handed_over", sa.SmallInteger(), nullable=True),
        sa.Column("handed_over_counter", sa.SmallInteger(), nullable=True),
        sa.Column("handed_over_online", sa.SmallInteger(), nullable=True),
        sa.Column("handed_over_post", sa.SmallInteger(), nullable=True),
        sa.Column("submitted", sa.SmallInteger(), nullable=True),
        sa.Column("unanswered", sa.SmallInteger(), nullable=True),
        sa.Column("incomplete", sa.SmallInteger(), nullable=True),
        sa.Column("under_processing", sa.SmallInteger(), nullable=True),
        sa.Column("in_time", sa.SmallInteger(), nullable=True),
        sa.Column("overdue", sa.SmallInteger(), nullable=True),
        sa.Column("undated_open", sa.SmallInteger(), nullable=True),
        sa.Column("awaiting_supplement", sa.SmallInteger(), nullable=True),
        sa.Column("awaiting_supplement_overdue", sa.SmallInteger(), nullable=True),
        sa.Column("awaiting_payment", sa.SmallInteger(), nullable=True),
        sa.Column("awaiting_payment_overdue", sa.SmallInteger(), nullable=True),
        sa.ForeignKeyConstraint(["cell_id"], ["scope.id"], name=op.f("fk_delta_cell_id_scope")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delta")),
    )
    op.create_index("ix_delta_code", "delta", ["code"], unique=False)
    op.create_index(
        "ix_delta_correction",
        "delta",
        ["recorded_at", "effective_on", "cell_id"],
        unique=False,
        postgresql_where=sa.text("correction"),
    )
    op.create_index("ix_delta_effective_on_cell_id", "delta", ["effective_on", "cell_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_delta_effective_on_cell_id", table_name="delta")
    op.drop_index("ix_delta_correction", table_name="delta", postgresql_where=sa.text("correction"))
    op.drop_index("ix_delta_code", table_name="delta")
    op.drop_table("delta")
    op.drop_table("cumulative")
    op.drop_table("cell_scope")
    op.drop_table("watermark")
    op.drop_table("scope")
    op.drop_table("rolled")
    op.drop_index("ix_procedure_version_field", table_name="procedure_version")
    op.drop_table("procedure_version")
    op.drop_table("parked_event")
    op.drop_index(
        "ix_held_event_retried", table_name="held_event", postgresql_where=sa.text("waits_for IS NOT NULL")
    )
    op.drop_table("held_event")
    op.drop_index("ix_dossier_agency_settled_on_began_on", table_name="dossier")
    op.drop_table("dossier")
    op.drop_table("consumer_position")
    op.drop_table("consumed")
    op.drop_index("ix_closed_period_last_day", table_name="closed_period")
    op.drop_table("closed_period")
    op.drop_table("agency_tree_version")
