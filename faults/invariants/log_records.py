"""The dossier stream from its first record on, read without the product's own readers."""

import asyncio
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.log.port import DOSSIER_STREAM
from shared.schemas.lifecycle import DossierStatus

_RECORDS = """
SELECT partition, position, key, value, headers FROM records
WHERE stream = $1 AND position >= coalesce(($2::jsonb ->> partition::text)::bigint, 0)
ORDER BY partition, position
"""
_FETCH_MS = 500

Since: TypeAlias = Mapping[int, int]
"""For a partition the position from which on to read; the beginning for those that are not in it."""

_STATUSES = frozenset(DossierStatus)
_TYPE = re.compile(r"vn\.motcua\.dossier\.\w+\.v1")
# As PostgreSQL and as the client of Kafka write headers.
_SEQUENCE = re.compile(r"""['"]sequence['"](?:: "|, b')(\d+)""")


@dataclass(frozen=True, slots=True)
class LogRecord:
    """What lies in the log."""

    partition: int
    position: int
    key: str
    value: bytes
    headers: str

    @property
    def event(self) -> Mapping[str, Any] | None:
        """The event of a dossier that it is; none for what is broken."""
        try:
            event = json.loads(self.value)
        except ValueError:
            return None
        known = isinstance(event, dict) and _TYPE.fullmatch(event["type"])
        return event if known and event["data"]["status_after"] in _STATUSES else None

    @property
    def sequence(self) -> int:
        """As its headers say it, whatever became of the rest."""
        found = _SEQUENCE.search(self.headers)
        assert found is not None  # noqa: S101 - every relay sends it
        return int(found[1])


async def dossier_records(address: str, since: Since = MappingProxyType({})) -> Sequence[LogRecord]:
    """All of them, or those from given positions on, each partition in its order."""
    if address.startswith("kafka://"):
        return await _from_kafka(urlsplit(address).netloc, since)
    connection = await asyncpg.connect(address)
    try:
        rows = await connection.fetch(_RECORDS, DOSSIER_STREAM, json.dumps(dict(since)))
    finally:
        await connection.close()
    return _of_dossiers(LogRecord(*row) for row in rows)


async def _from_kafka(servers: str, since: Since) -> Sequence[LogRecord]:
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = [
            TopicPartition(DOSSIER_STREAM, number)
            for number in consumer.partitions_for_topic(DOSSIER_STREAM) or await _known(consumer)
        ]
        ends = await consumer.end_offsets(partitions)
        consumer.assign(partitions)
        for partition in partitions:
            consumer.seek(partition, since.get(partition.partition, 0))
        found: dict[int, list[LogRecord]] = {partition.partition: [] for partition in partitions}
        while [p for p in partitions if await consumer.position(p) < ends[p]]:
            for partition, messages in (await consumer.getmany(timeout_ms=_FETCH_MS)).items():
                found[partition.partition] += [
                    LogRecord(
                        message.partition,
                        message.offset,
                        message.key.decode(),
                        message.value,
                        str(message.headers),
                    )
                    for message in messages
                ]
    finally:
        await consumer.stop()
    return _of_dossiers(record for records in found.values() for record in records)


def _of_dossiers(records: Iterable[LogRecord]) -> Sequence[LogRecord]:
    """Without the watermarks, which repeat themselves and are of no dossier."""
    return [record for record in records if not record.key.startswith("watermark/")]


async def _known(consumer: AIOKafkaConsumer) -> set[int]:
    while not (partitions := consumer.partitions_for_topic(DOSSIER_STREAM)):
        consumer.subscribe([DOSSIER_STREAM])
        await asyncio.sleep(0.1)
    consumer.unsubscribe()
    found: Mapping[int, None] = dict.fromkeys(partitions)
    return set(found)
