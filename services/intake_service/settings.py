"""What intake is told."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from shared.settings import BaseServiceSettings, SealingSettings


class Settings(SealingSettings, BaseServiceSettings):
    """Settings of the intake service."""

    service: ClassVar[str] = "intake"

    undo_window: timedelta = timedelta(minutes=30)
    """How long a refusal can be undone by the officer who decided it."""

    lapse_after_days: int = Field(default=30, ge=1, le=365)
    """Calendar days that an applicant has to complete a dossier before it lapses."""
