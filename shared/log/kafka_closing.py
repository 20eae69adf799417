"""Ends aiokafka's clients, also while no broker answers. There is no public way to."""

# ruff: noqa: SLF001

import asyncio
from itertools import chain

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import ProducerClosed


async def stop_producer(producer: AIOKafkaProducer) -> None:
    """Stop, and give up what the brokers have not taken.

    An idempotent producer never gives a record up: its own `stop` would wait until the brokers are back.
    """
    await producer._sender.close()
    accumulator = producer._message_accumulator
    for batch in chain(accumulator._pending_batches, *accumulator._batches.values()):
        for outcome, _ in batch._msg_futures:
            if not outcome.done():
                outcome.set_exception(ProducerClosed())
    accumulator._pending_batches.clear()
    accumulator._batches.clear()
    await producer.stop()


async def stop_consumer(consumer: AIOKafkaConsumer) -> None:
    """Leave the group and stop.

    aiokafka's own `stop` breaks off with a CancelledError, which nobody asked for, when a fetch was waiting
    to try a lost broker again.
    """
    stopping = asyncio.ensure_future(consumer.stop())
    await asyncio.wait([stopping])
    if not stopping.cancelled():
        stopping.result()
        return
    for fetch in consumer._fetcher._pending_tasks:
        fetch.cancel()
    await asyncio.gather(*consumer._fetcher._pending_tasks, return_exceptions=True)
    await consumer._client.close()
