"""How the members of a group share a stream, whoever comes, goes or is killed."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from shared.log.port import PARTITIONS, EventLog, Record, Subscription
from tests.contract.log.reading import PATIENCE_SECONDS, read
from tests.support.positions import InMemoryPositions

GROUP = "readers"


async def wait_for_shares(shares: list[int], *members: Subscription) -> None:
    """Let the members fetch until they own that many partitions each; never may two own the same."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            owned = [await member.owned() for member in members]
            assert sum(map(len, owned)) == len(frozenset().union(*owned)), "a partition has two owners"
            if sorted(map(len, owned)) == sorted(shares):
                return
            await asyncio.gather(*(member.fetch(200, 0.1) for member in members))


@pytest.mark.parametrize("count", [2, 5])
async def test_members_share_out_fairly_and_nothing_twice(log: EventLog, stream: str, count: int) -> None:
    async with AsyncExitStack() as stack:
        members: list[Subscription] = []
        for size in range(1, count + 1):
            members.append(await stack.enter_async_context(log.subscribe(stream, GROUP, InMemoryPositions())))
            share, left_over = divmod(PARTITIONS, size)
            await wait_for_shares([share + (place < left_over) for place in range(size)], *members)


async def test_two_members_read_everything_once(log: EventLog, stream: str) -> None:
    positions = InMemoryPositions()
    async with (
        log.subscribe(stream, GROUP, positions) as one,
        log.subscribe(stream, GROUP, positions) as other,
    ):
        await wait_for_shares([8, 8], one, other)
        keys = [f"key-{number}" for number in range(300)]
        await log.append(stream, [Record(key, b"") for key in keys])
        seen: list[str] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(seen) < len(keys):
                for messages in await asyncio.gather(one.fetch(50, 0.2), other.fetch(50, 0.2)):
                    seen += [message.key for message in messages]
        assert sorted(seen) == sorted(keys)


async def test_what_a_leaving_member_had_goes_to_the_other(log: EventLog, stream: str) -> None:
    positions = InMemoryPositions()
    epoch = await log.epoch(stream)
    async with log.subscribe(stream, GROUP, positions) as stays:
        async with log.subscribe(stream, GROUP, positions) as leaves:
            await wait_for_shares([8, 8], stays, leaves)
            partitions = await leaves.owned()
            await log.append(stream, [Record(f"key-{number}", b"before") for number in range(100)])
            handled = 0
            async with asyncio.timeout(PATIENCE_SECONDS):
                while handled < 100:
                    for messages in await asyncio.gather(stays.fetch(200, 0.2), leaves.fetch(200, 0.2)):
                        if messages:
                            positions.commit(GROUP, epoch, messages[-1])
                        handled += len(messages)
        assert await leaves.owned() == frozenset()
        await wait_for_shares([16], stays)
        await log.append(stream, [Record(f"key-{number}", b"after") for number in range(100)])
        messages = await read(stays, 100)
    assert {message.value for message in messages} == {b"after"}
    assert partitions <= {message.partition for message in messages}


async def test_groups_do_not_take_from_each_other(log: EventLog, stream: str) -> None:
    async with (
        log.subscribe(stream, "one", InMemoryPositions()) as one,
        log.subscribe(stream, "other", InMemoryPositions()) as other,
    ):
        await wait_for_shares([16], one)
        await wait_for_shares([16], other)


@asynccontextmanager
async def member_process(address: str, stream: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.contract.log.member",
        address,
        stream,
        GROUP,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_what_a_killed_member_had_goes_to_the_other(log: EventLog, stream: str, address: str) -> None:
    async with log.subscribe(stream, GROUP, InMemoryPositions()) as survivor:
        await wait_for_shares([16], survivor)
        async with member_process(address, stream) as victim:
            await wait_for_shares([8], survivor)
            victim.kill()
        await wait_for_shares([16], survivor)
        await log.append(stream, [Record(f"key-{number}", b"") for number in range(100)])
        assert len(await read(survivor, 100)) == 100


async def test_a_member_that_comes_while_the_other_works_gets_its_share(log: EventLog, stream: str) -> None:
    positions = InMemoryPositions()
    epoch = await log.epoch(stream)
    await log.append(stream, [Record(f"key-{number}", b"") for number in range(400)])
    taken: set[str] = set()
    async with log.subscribe(stream, GROUP, positions) as busy:
        for _ in range(10):
            messages = await busy.fetch(5, 5)
            positions.commit(GROUP, epoch, messages[-1])
            taken |= {message.key for message in messages}
        async with log.subscribe(stream, GROUP, positions) as newcomer:
            # A batch may be handed to both in between: at least once is what the log promises.
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(taken) < 400:
                    for messages in await asyncio.gather(busy.fetch(5, 0.1), newcomer.fetch(5, 0.1)):
                        if messages:
                            positions.commit(GROUP, epoch, messages[-1])
                            taken |= {message.key for message in messages}
            await wait_for_shares([8, 8], busy, newcomer)


async def test_what_is_in_hand_is_given_to_nobody_before_it_is_done(log: EventLog, stream: str) -> None:
    positions = InMemoryPositions()
    epoch = await log.epoch(stream)
    await log.append(stream, [Record(f"key-{number}", b"") for number in range(200)])
    async with log.subscribe(stream, GROUP, positions) as busy:
        in_hand = await read(busy, 200)
        async with log.subscribe(stream, GROUP, positions) as newcomer:
            waiting = asyncio.create_task(newcomer.fetch(200, 3))
            await asyncio.sleep(1.2)  # both know of each other by now
            assert await busy.fetch(200, 0.1) == ()
            assert len(await busy.owned()) == PARTITIONS
            for message in in_hand:
                positions.commit(GROUP, epoch, message)
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(await newcomer.owned()) != 8:
                    assert await busy.fetch(200, 0.1) == ()
            assert await waiting == ()
