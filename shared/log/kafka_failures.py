"""Which failures of Kafka pass by themselves."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka.errors import KafkaError

from shared.log.port import LogUnavailableError


@contextmanager
def kafka_failures_as_unavailable() -> Iterator[None]:
    """Turn what aiokafka raises, after retries of its own, into `LogUnavailableError`."""
    try:
        yield
    except KafkaError as failure:
        raise LogUnavailableError(f"Kafka does not serve: {failure!r}") from failure
