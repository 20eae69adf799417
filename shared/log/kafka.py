"""The event log in Kafka. A stream is a topic."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaTimeoutError, NoError, TopicAlreadyExistsError, for_code

from shared.log.kafka_address import KafkaAddress
from shared.log.kafka_closing import stop_producer
from shared.log.kafka_connection import client_options, retry_milliseconds
from shared.log.kafka_failures import kafka_failures_as_unavailable
from shared.log.kafka_member import KafkaMember
from shared.log.kafka_topic import describe, existing, is_everywhere
from shared.log.port import (
    PARTITIONS,
    STREAMS,
    LogUnavailableError,
    Position,
    PositionStore,
    Record,
)

# Long enough to find the new leader of a partition whose broker hangs.
_APPEND_SECONDS = 20
_NEW_TOPIC_LOOKS = 100


class KafkaLog:
    """The log in the cluster at `address`. Needs Kafka 3.0 or later."""

    def __init__(self, address: KafkaAddress) -> None:
        self._address = address
        self._options = client_options(address)
        self._producer: AIOKafkaProducer | None = None
        self._opening = asyncio.Lock()
        self._known_streams: set[str] = set()

    async def ensure_schema(self, streams: Sequence[str] = STREAMS) -> None:
        with kafka_failures_as_unavailable():
            for stream in streams:
                if await describe(self._options, self._address.topic(stream)) is None:
                    await self._make(self._address.topic(stream))
                await self._until_everywhere(self._address.topic(stream))
                await existing(self._address, self._options, stream)

    async def epoch(self, stream: str) -> str:
        with kafka_failures_as_unavailable():
            return (await existing(self._address, self._options, stream)).epoch

    async def append(self, stream: str, records: Sequence[Record]) -> None:
        producer = await self._open_producer(stream)
        try:
            async with _in_time():
                await _until_led(producer, self._address.topic(stream))
                await _send(producer, self._address.topic(stream), records)
        except LogUnavailableError:
            await self._discard(producer)
            raise

    @asynccontextmanager
    async def subscribe(
        self, stream: str, group: str, positions: PositionStore
    ) -> AsyncIterator[KafkaMember]:
        member = KafkaMember(self._address, self._options, stream, group, positions)
        try:
            yield member
        finally:
            await member.leave()

    async def end_positions(self, stream: str) -> Mapping[int, Position]:
        with kafka_failures_as_unavailable():
            await existing(self._address, self._options, stream)
            topic = self._address.topic(stream)
            async with AIOKafkaConsumer(**self._options) as consumer:
                ends = await consumer.end_offsets(
                    [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
                )
        return {place.partition: Position(end) for place, end in ends.items()}

    async def close(self) -> None:
        if self._producer is not None:
            await self._discard(self._producer)

    async def _make(self, topic: str) -> None:
        wanted = NewTopic(
            topic,
            PARTITIONS,
            self._address.replication,
            topic_configs={
                "cleanup.policy": "delete",
                "retention.ms": "-1",
                "retention.bytes": "-1",
                "min.insync.replicas": str(max(1, self._address.replication - 1)),
            },
        )
        admin = AIOKafkaAdminClient(**self._options)
        try:
            await admin.start()
            answer = await admin.create_topics([wanted])
        finally:
            await admin.close()
        for name, code, reason in answer.topic_errors:
            if code not in {NoError.errno, TopicAlreadyExistsError.errno}:
                raise for_code(code)(f"{name}: {reason}")

    async def _until_everywhere(self, topic: str) -> None:
        """Whoever starts next may ask any broker, and would take a topic it has not heard of for unmade."""
        for _ in range(_NEW_TOPIC_LOOKS):
            if await is_everywhere(self._options, topic):
                return
            await asyncio.sleep(0.1)
        raise LogUnavailableError(f"the brokers do not show the new topic {topic} yet")

    async def _open_producer(self, stream: str) -> AIOKafkaProducer:
        async with self._opening, _in_time():
            if stream not in self._known_streams:
                # A broker may make a topic that is written to, with settings that lose records.
                await existing(self._address, self._options, stream)
                self._known_streams.add(stream)
            if self._producer is None:
                producer = AIOKafkaProducer(
                    **self._options,
                    acks="all",
                    enable_idempotence=True,
                    max_batch_size=128 * 1024,
                    retry_backoff_ms=retry_milliseconds(400),
                )
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer

    async def _discard(self, producer: AIOKafkaProducer) -> None:
        """Let the next append begin with a new one: what failed once may refuse everything from then on."""
        if self._producer is producer:
            self._producer = None
        await stop_producer(producer)


@asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    """aiokafka tries for ever; an appender is told sooner."""
    with kafka_failures_as_unavailable():
        try:
            async with asyncio.timeout(_APPEND_SECONDS):
                yield
        except TimeoutError as slowness:
            raise KafkaTimeoutError(f"no answer in {_APPEND_SECONDS} s") from slowness


async def _until_led(producer: AIOKafkaProducer, topic: str) -> None:
    """Wait until every partition has a leader: for one that has none aiokafka would ask without a pause."""
    partitions = await producer.partitions_for(topic)
    cluster = producer.client.cluster
    while any(cluster.leader_for_partition(TopicPartition(topic, each)) in {None, -1} for each in partitions):
        await asyncio.sleep(retry_milliseconds(1000) / 1000)
        await producer.client.force_metadata_update()


async def _send(producer: AIOKafkaProducer, topic: str, records: Sequence[Record]) -> None:
    pending: list[asyncio.Future[object]] = []
    try:
        for record in records:
            headers = [(name, text.encode()) for name, text in record.headers.items()]
            pending.append(
                await producer.send(topic, key=record.key.encode(), value=record.value, headers=headers)
            )
        await asyncio.gather(*pending)
    except BaseException:
        for outcome in pending:
            outcome.cancel()
        # Nobody waits for these any more; looking at them keeps asyncio from reporting them as lost.
        await asyncio.gather(*pending, return_exceptions=True)
        raise
