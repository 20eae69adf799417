"""What only a real broker can tell."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.log.address import open_log
from shared.log.port import PARTITIONS, LogUnavailableError, UnknownStreamError
from tests.contract.log.reading import PATIENCE_SECONDS, numbered, read
from tests.support.positions import InMemoryPositions
from tests.support.real_kafka import RealKafka, administrator, delete_topics

GROUP = "readers"


@pytest.fixture
async def made(real_kafka: RealKafka, stream: str) -> AsyncIterator[str]:
    """A stream that is gone after the test."""
    yield stream
    await delete_topics(real_kafka, stream)


@pytest.mark.parametrize("entrance", ["with_password", "with_plain_password", "with_certificate"])
async def test_a_log_behind_tls_is_used_like_any_other(
    real_kafka: RealKafka, made: str, entrance: str
) -> None:
    if not (address := getattr(real_kafka, entrance)):
        pytest.skip("the broker that was given has no such entrance")
    log = open_log(address)
    await log.ensure_schema([made])
    await log.append(made, numbered("key", 3))
    async with log.subscribe(made, GROUP, InMemoryPositions()) as member:
        assert len(await read(member, 3)) == 3
    assert sum((await log.end_positions(made)).values()) == 3
    await log.close()


async def test_who_has_the_wrong_password_or_believes_others_gets_nothing(
    real_kafka: RealKafka, stream: str
) -> None:
    if not real_kafka.with_password:
        pytest.skip("the broker that was given asks for no password")
    wrong = real_kafka.with_plain_password.replace(":plain@", ":guessed@")
    unbelieved = real_kafka.with_plain_password.replace("ca=", "session_seconds=3&prefix=")
    for address in (wrong, unbelieved.partition("?")[0]):
        with pytest.raises(LogUnavailableError):
            await open_log(address).epoch(stream)


async def test_a_topic_keeps_every_record_for_ever(real_kafka: RealKafka, made: str) -> None:
    log = open_log(real_kafka.open)
    await log.ensure_schema([made])
    async with administrator(real_kafka.servers) as admin:
        (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, made)])
        (topic,) = await admin.describe_topics([made])
    settings = {entry[0]: entry[1] for entry in answer.resources[0][4]}
    assert (settings["retention.ms"], settings["retention.bytes"]) == ("-1", "-1")
    assert (settings["cleanup.policy"], settings["min.insync.replicas"]) == ("delete", "1")
    assert len(topic["partitions"]) == PARTITIONS
    await log.close()


async def test_two_installations_on_one_cluster_see_nothing_of_each_other(
    real_kafka: RealKafka, stream: str
) -> None:
    one, other = (open_log(f"{real_kafka.open}&prefix={name}.") for name in ("one", "other"))
    for log in (one, other):
        await log.ensure_schema([stream])
    await one.append(stream, numbered("key", 3))
    assert sum((await other.end_positions(stream)).values()) == 0
    async with one.subscribe(stream, GROUP, InMemoryPositions()) as member:
        assert {message.stream for message in await read(member, 3)} == {stream}
    for log in (one, other):
        await log.close()
    await delete_topics(real_kafka, f"one.{stream}", f"other.{stream}")


async def test_a_named_member_that_is_soon_back_gets_its_partitions_without_a_stir(
    real_kafka: RealKafka, made: str
) -> None:
    log = open_log(real_kafka.open)
    await log.ensure_schema([made])
    positions = InMemoryPositions()
    # Long enough that nobody is taken for dead, however slow this machine is.
    named = {
        name: open_log(f"{real_kafka.open.replace('=3', '=30')}&member={name}") for name in ("one", "other")
    }
    async with asyncio.timeout(PATIENCE_SECONDS), named["one"].subscribe(made, GROUP, positions) as stays:
        async with named["other"].subscribe(made, GROUP, positions) as restarts:
            while len(await stays.owned()) != 8 or len(await restarts.owned()) != 8:
                await asyncio.gather(stays.fetch(10, 0.2), restarts.fetch(10, 0.2))
        owned = await stays.owned()
        async with named["other"].subscribe(made, GROUP, positions) as back:
            while len(await back.owned()) != 8:
                await asyncio.gather(stays.fetch(10, 0.2), back.fetch(10, 0.2))
                assert await stays.owned() == owned
    for each in (log, *named.values()):
        await each.close()


async def test_a_topic_made_anew_under_a_member_is_read_from_its_beginning(
    real_kafka: RealKafka, made: str
) -> None:
    log, positions = open_log(real_kafka.open), InMemoryPositions()
    await log.ensure_schema([made])
    await log.append(made, numbered("key", 10))
    async with log.subscribe(made, GROUP, positions) as member:
        positions.commit(GROUP, await log.epoch(made), (await read(member, 10))[-1])
        await delete_topics(real_kafka, made)
        anew = open_log(real_kafka.open)
        await anew.ensure_schema([made])
        await anew.append(made, numbered("key", 10))
        assert [int(message.value) for message in await read(member, 10)] == list(range(10))
    for each in (log, anew):
        await each.close()


async def test_a_member_is_told_that_its_topic_is_gone(real_kafka: RealKafka, made: str) -> None:
    log = open_log(real_kafka.open)
    await log.ensure_schema([made])
    async with log.subscribe(made, GROUP, InMemoryPositions()) as member:
        assert await member.fetch(1, 1) == ()
        await delete_topics(real_kafka, made)
        with pytest.raises(UnknownStreamError):
            await read(member, 1)
    await log.close()
