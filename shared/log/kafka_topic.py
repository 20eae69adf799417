"""Asks a Kafka cluster what a topic is.

aiokafka speaks the metadata request up to version 5, which makes a missing topic by the way and knows no
topic ids. Version 12 (Kafka 3.0) does neither.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError, NodeNotReadyError, UnknownTopicOrPartitionError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    AbstractType,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from shared.log.kafka_address import KafkaAddress
from shared.log.port import PARTITIONS, UnknownStreamError


class _Uuid(AbstractType[UUID]):  # type: ignore[misc]  # aiokafka has no types
    @classmethod
    def encode(cls, value: UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: BytesIO) -> UUID:
        return UUID(bytes=data.read(16))


_TEXT = CompactString("utf-8")


class _MetadataResponse(Response):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32), ("host", _TEXT), ("port", Int32), ("rack", _TEXT), ("tags", TaggedFields)
            ),
        ),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", _TEXT),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("in_sync_replicas", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _MetadataRequestStruct(RequestStruct):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 12
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _MetadataResponse
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("name", _TEXT), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean),
        ("include_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _MetadataRequest(Request[_MetadataRequestStruct]):  # type: ignore[misc]
    API_KEY = 3

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def build(self, request_struct_class: type[_MetadataRequestStruct]) -> _MetadataRequestStruct:
        return request_struct_class([(UUID(int=0), self._topic, {})], False, False, {})


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as the cluster knows it."""

    cluster_id: str
    id: UUID
    partitions: int

    @property
    def epoch(self) -> str:
        """Changes when the topic is deleted and made again, and when the cluster is."""
        return f"{self.cluster_id}/{self.id}"


async def describe(options: Mapping[str, Any], name: str) -> Topic | None:
    """The topic, or None when there is none. Raises aiokafka's `KafkaError`."""
    async with _client(options) as client:
        return await _told_by(client, client.get_random_node(), name)


async def is_everywhere(options: Mapping[str, Any], name: str) -> bool:
    """Whether every broker that is up knows the topic. One hears of a new topic later than another."""
    async with _client(options) as client:
        for broker in client.cluster.brokers():
            try:
                if await _told_by(client, broker.nodeId, name) is None:
                    return False
            except (KafkaConnectionError, NodeNotReadyError):
                continue  # it is down, and hears of the topic before it is back
        return True


@asynccontextmanager
async def _client(options: Mapping[str, Any]) -> AsyncIterator[AIOKafkaClient]:
    client = AIOKafkaClient(**options)
    try:
        await client.bootstrap()
        yield client
    finally:
        await client.close()


async def _told_by(client: AIOKafkaClient, broker: int, name: str) -> Topic | None:
    metadata = await client.send(broker, _MetadataRequest(name))
    answer = metadata.to_object()
    (topic,) = answer["topics"]
    if topic["error_code"] == UnknownTopicOrPartitionError.errno:
        return None
    if topic["error_code"]:
        raise for_code(topic["error_code"])(name)
    return Topic(answer["cluster_id"], topic["topic_id"], len(topic["partitions"]))


async def existing(address: KafkaAddress, options: Mapping[str, Any], stream: str) -> Topic:
    """The topic of a stream. Raises `UnknownStreamError` for none, or one that would place keys elsewhere."""
    topic = await describe(options, address.topic(stream))
    if topic is None:
        raise UnknownStreamError(stream)
    if topic.partitions != PARTITIONS:
        raise UnknownStreamError(f"{stream} has {topic.partitions} partitions, not {PARTITIONS}")
    return topic
