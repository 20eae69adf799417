"""What statistics are told."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from services.stats_service.domain.form_06a import Remainder
from shared.settings import BaseServiceSettings


class Settings(BaseServiceSettings):
    """Settings of the statistics service."""

    service: ClassVar[str] = "stats"

    form_06a_remainder: Remainder = Remainder.BESIDE
    """Where form II.06a shows what closed without a result or undated: `beside` the form, or `as_on_time`
    inside it, for validators that demand 3 = 7 + 11."""

    roll_every_seconds: float = Field(default=2.0, gt=0, le=3600)
    """How often what consumers wrote is added up. Reports are right at any moment; this keeps them fast."""

    undo_window: timedelta = timedelta(minutes=30)
    """How long after its end a period may still change by an undo; only then can it be closed."""
