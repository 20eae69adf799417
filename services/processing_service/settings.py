"""What processing is told."""

from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from shared.settings import BaseServiceSettings, SealingSettings


class Settings(SealingSettings, BaseServiceSettings):
    """Settings of the processing service."""

    service: ClassVar[str] = "processing"

    undo_window: timedelta = timedelta(minutes=30)
    """How long a decision can be undone by the officer who took it. Online results wait for it."""

    supplement_answer_days: int = Field(default=30, ge=1, le=366)
    """Calendar days that an applicant has for a supplement where the officer sets no date."""

    catch_up: Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(seconds=10))] = timedelta(seconds=2)
    """How long a request waits for a version that a client has seen and processing has not heard of yet."""
