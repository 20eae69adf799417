"""What a service hands to the consumer: its reaction to events, applied exactly once in effect."""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.events.envelope import Envelope


class Reaction(Protocol):
    """How one consumer group takes in one stream."""

    group: str
    stream: str

    async def apply(self, connection: AsyncConnection, events: Sequence[Envelope]) -> None:
        """Take the effects of `events`, in the caller's transaction, set-based.

        The events of one subject come in sequence order without gap or repetition; those of different
        subjects come in any order. Raise `UnreadableEventError` only from `lacks` or `shared.events`: the
        caller then finds the culprit, parks it and applies the others.
        """

    def lacks(self, event: Envelope) -> str | None:
        """Names the reference data that `event` needs and this service lacks so far; the event is held."""
