"""A member of a consumer group of the Kafka log.

Kafka shares the partitions out; where to read is decided by the consumer's own database alone. aiokafka
fetches ahead from the offsets that the broker knows while a partition is not placed yet: what comes of that
is thrown away.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord

from shared.log.in_hand import InHand
from shared.log.kafka_address import KafkaAddress
from shared.log.kafka_closing import stop_consumer
from shared.log.kafka_connection import retry_milliseconds
from shared.log.kafka_failures import kafka_failures_as_unavailable
from shared.log.kafka_topic import describe, existing
from shared.log.port import (
    MEMBER_TIMEOUT_SECONDS,
    LogTruncatedError,
    LogUnavailableError,
    Message,
    Position,
    PositionStore,
)

# Partitions that were taken over are placed at least this often, also while nothing arrives.
_ROUND_SECONDS = 0.5
_REPORT_SECONDS = 5.0
# How long the others wait for a member to finish what is in its hands, and to join them again.
_HANDOVER_SECONDS = 3.0
_REBALANCE_SECONDS = 5.0

_log = logging.getLogger(__name__)


class KafkaMember(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """See `shared.log.port.Subscription`."""

    def __init__(
        self,
        address: KafkaAddress,
        options: Mapping[str, Any],
        stream: str,
        group: str,
        positions: PositionStore,
    ) -> None:
        self._address = address
        self._options = options
        self._stream = stream
        self._topic = address.topic(stream)
        self._group = group
        self._positions = positions
        self._in_hand = InHand()
        self._handover: asyncio.Event | None = None
        self._consumer: AIOKafkaConsumer | None = None
        self._preparing: asyncio.Task[AIOKafkaConsumer] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._epoch = ""
        self._overtaken = False
        self._unplaced: set[int] = set()
        self._next: dict[int, Position] = {}
        self._ready: list[tuple[int, list[ConsumerRecord]]] = []
        self._report_due = 0.0

    async def fetch(self, limit: int, timeout_seconds: float) -> Sequence[Message]:
        now = asyncio.get_running_loop().time
        deadline = now() + timeout_seconds
        holds = self._in_hand.asked()
        try:
            with kafka_failures_as_unavailable():
                while True:
                    if holds and (self._handover is not None or not self._settled()):
                        # Positions that are asked for now would be taken for those of what is in hand.
                        return self._in_hand.answered(())
                    if self._handover is not None:
                        self._hand_over()
                    consumer = await self._prepared()
                    if now() >= self._report_due:
                        self._report_due = now() + _REPORT_SECONDS
                        await self._report(consumer)
                        self._look()
                    if messages := self._take(limit):
                        return self._in_hand.answered(messages)
                    remaining = deadline - now()
                    await self._receive(consumer, limit, min(max(remaining, 0), _ROUND_SECONDS))
                    if remaining <= 0 and not self._ready:
                        return self._in_hand.answered(())
        except LogUnavailableError:
            await self.leave()
            raise

    async def rewind(self, partition: int) -> None:
        if partition in self._next:
            self._unplace(partition)

    async def owned(self) -> frozenset[int]:
        return frozenset(self._next)

    async def leave(self) -> None:
        """Give everything back."""
        if under_way := {task for task in (self._preparing, self._looking) if task is not None}:
            await asyncio.wait(under_way)
        self._preparing = self._looking = None
        consumer, self._consumer = self._consumer, None
        self._hand_over()
        if consumer is not None:
            await stop_consumer(consumer)

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Wait, though not for ever, until the caller holds nothing that others are about to get."""
        if self._next and self._in_hand.anything:
            self._handover = asyncio.Event()
            with suppress(TimeoutError):
                async with asyncio.timeout(_HANDOVER_SECONDS):
                    await self._handover.wait()
        self._hand_over()

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self._forget()
        self._unplaced = {place.partition for place in assigned}

    def _hand_over(self) -> None:
        self._forget()
        if self._handover is not None:
            self._handover.set()
            self._handover = None

    def _forget(self) -> None:
        self._unplaced = set()
        self._next.clear()
        self._ready.clear()

    def _unplace(self, *partitions: int) -> None:
        for partition in partitions:
            del self._next[partition]
        self._ready = [(other, records) for other, records in self._ready if other in self._next]
        self._unplaced.update(partitions)

    def _settled(self) -> bool:
        return not self._unplaced and not self._overtaken

    def _look(self) -> None:
        """Have the brokers asked whether the topic is still the same: they would let us read on in another.

        Not waited for, as a broker may hang, and not cancelled, for the same reason as `_prepared`.
        """
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._compare_epochs())

    async def _compare_epochs(self) -> None:
        try:
            topic = await describe(self._options, self._topic)
        except KafkaError as failure:
            _log.info("no broker said which log %s reads: %r", self._group, failure)
        else:
            self._overtaken = topic is None or topic.epoch != self._epoch

    async def _prepared(self) -> AIOKafkaConsumer:
        """The consumer, joined, with every partition placed.

        Cancelling a fetch does not cancel this: aiokafka leaves connections open when it is cancelled while
        it makes them. The next fetch, or `leave`, waits for the end.
        """
        if self._consumer is not None and self._settled() and self._preparing is None:
            return self._consumer
        if self._preparing is None:
            self._preparing = asyncio.create_task(self._prepare())
        try:
            return await asyncio.shield(self._preparing)
        finally:
            if self._preparing.done():
                self._preparing = None

    async def _prepare(self) -> AIOKafkaConsumer:
        # Each time: whatever made us place anew, the topic may be another one than before.
        self._overtaken = False
        epoch = (await existing(self._address, self._options, self._stream)).epoch
        if epoch != self._epoch:
            self._epoch = epoch
            self._unplace(*self._next)
        consumer = await self._join()
        await self._place(consumer)
        return consumer

    async def _join(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            session_milliseconds = int(self._address.session_seconds * 1000)
            consumer = AIOKafkaConsumer(
                **self._options,
                group_id=self._address.group(self._group, self._stream),
                group_instance_id=self._address.member or None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                isolation_level="read_committed",
                session_timeout_ms=session_milliseconds,
                rebalance_timeout_ms=int(_REBALANCE_SECONDS * 1000),
                heartbeat_interval_ms=session_milliseconds // 4,
                max_poll_interval_ms=MEMBER_TIMEOUT_SECONDS * 1000,
                retry_backoff_ms=retry_milliseconds(1000),
            )
            try:
                await consumer.start()
                consumer.subscribe([self._topic], listener=self)
            except BaseException:
                await stop_consumer(consumer)
                raise
            self._consumer = consumer
        return self._consumer

    async def _place(self, consumer: AIOKafkaConsumer) -> None:
        """Go to the committed position of each partition that was taken over or is read again."""
        placing = self._unplaced
        if not placing:
            return
        starts = {
            TopicPartition(self._topic, partition): await self._positions.next_position(
                self._group, self._stream, self._epoch, partition
            )
            for partition in sorted(placing)
        }
        begins = await consumer.beginning_offsets(starts)
        ends = await consumer.end_offsets(starts)
        if self._unplaced is not placing:
            return  # the partitions were shared out anew meanwhile
        for place, start in starts.items():
            if not begins[place] <= start <= ends[place]:
                raise LogTruncatedError(
                    f"{self._group} has read {self._stream}/{place.partition} up to {start}, "
                    f"but it holds {begins[place]} to {ends[place]}"
                )
            consumer.seek(place, start)
            self._next[place.partition] = start
        self._unplaced = set()

    async def _receive(self, consumer: AIOKafkaConsumer, limit: int, seconds: float) -> None:
        with suppress(TimeoutError):
            # While partitions are shared out, getmany waits beyond its own time-out.
            async with asyncio.timeout(seconds + 0.05):
                batches = await consumer.getmany(timeout_ms=int(seconds * 1000), max_records=limit)
                self._ready += [
                    (place.partition, records)
                    for place, records in batches.items()
                    if place.partition in self._next
                ]

    def _take(self, limit: int) -> Sequence[Message]:
        while self._ready:
            partition, records = self._ready.pop(0)
            if records[0].offset < self._next[partition]:
                # The broker lost records and aiokafka began again: placing finds out what is true.
                self._unplace(partition)
                continue
            if len(records) > limit:
                self._ready.insert(0, (partition, records[limit:]))
            self._next[partition] = Position(records[:limit][-1].offset + 1)
            return [self._message(record) for record in records[:limit]]
        return ()

    async def _report(self, consumer: AIOKafkaConsumer) -> None:
        """Show the broker's lag tools how far this member is; nothing is ever read from there."""
        done = {TopicPartition(self._topic, partition): start for partition, start in self._next.items()}
        if not done:
            return
        try:
            async with asyncio.timeout(2):
                await consumer.commit(done)
        except (KafkaError, TimeoutError) as failure:
            _log.info("the broker was not told the offsets of %s: %r", self._group, failure)

    def _message(self, record: ConsumerRecord) -> Message:
        return Message(
            stream=self._stream,
            partition=record.partition,
            position=Position(record.offset),
            # None of ours: what another program wrote is for the consumer to judge, and not to fail on.
            key=(record.key or b"").decode(errors="replace"),
            value=record.value or b"",
            headers={name: (value or b"").decode(errors="replace") for name, value in record.headers},
        )
