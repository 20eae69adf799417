"""Run by Alembic; see shared/migrations.py."""

from services.processing_service.adapters.tables import metadata
from shared.migrations import run_migrations

run_migrations("processing", metadata)
