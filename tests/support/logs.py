"""Reading a log from end to end, and a log that fails when a test wants it to."""

from collections.abc import Callable, Sequence
from typing import Any

from shared.events.envelope import Envelope
from shared.log.port import EventLog, Message, Record
from tests.support.positions import InMemoryPositions


async def read_messages(log: EventLog, stream: str) -> list[Message]:
    """Everything in `stream`, each partition in its order."""
    expected = sum((await log.end_positions(stream)).values())
    messages: list[Message] = []
    async with log.subscribe(stream, "reader", InMemoryPositions()) as subscription:
        while len(messages) < expected:
            messages += await subscription.fetch(1000, 10)
    return messages


async def read_all(log: EventLog, stream: str) -> list[Envelope]:
    """The events of `read_messages`."""
    return [Envelope.decode(message.value) for message in await read_messages(log, stream)]


class Flawed:
    """A log that asks `before` and `after` whether an append may go on; they raise where it may not."""

    def __init__(
        self,
        log: EventLog,
        *,
        before: Callable[[], None] = lambda: None,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        self._log = log
        self._before = before
        self._after = after

    async def append(self, stream: str, records: Sequence[Record]) -> None:
        self._before()
        await self._log.append(stream, records)
        self._after()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)
