"""A member of a group in a process of its own, to be killed: `member.py ADDRESS STREAM GROUP`."""

import asyncio
import sys

from shared.log.address import open_log
from tests.support.positions import InMemoryPositions


async def main(address: str, stream: str, group: str) -> None:
    async with open_log(address).subscribe(stream, group, InMemoryPositions()) as subscription:
        while True:
            await subscription.fetch(200, 0.1)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
