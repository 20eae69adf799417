"""How the tests of the log read it."""

import asyncio
from collections.abc import Sequence

from shared.log.port import Message, Record, Subscription

PATIENCE_SECONDS = 40


async def read(subscription: Subscription, count: int, limit: int = 200) -> list[Message]:
    """The next `count` messages. Fails when they do not come."""
    messages: list[Message] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(messages) < count:
            messages += await subscription.fetch(min(limit, count - len(messages)), 1)
    return messages


def numbered(key: str, count: int, start: int = 0) -> Sequence[Record]:
    """Records of one key whose values count up."""
    return [Record(key, str(number).encode()) for number in range(start, start + count)]
