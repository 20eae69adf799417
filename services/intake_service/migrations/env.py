"""Run by Alembic; see shared/migrations.py."""

from services.intake_service.adapters.tables import metadata
from shared.migrations import run_migrations

run_migrations("intake", metadata)
