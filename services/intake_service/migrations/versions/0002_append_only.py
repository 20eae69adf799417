"""What was entered into the history stays as it is, whoever asks."""

from alembic import op

from shared.journal.tables import append_only_history, changeable_history

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in append_only_history():
        op.execute(statement)


def downgrade() -> None:
    for statement in changeable_history():
        op.execute(statement)
