"""Says once, and loudly, when the suite of the log met no real Kafka."""

import pytest

from shared.log.kafka_topic import describe
from tests.support.kafka import REAL_KAFKA


async def test_a_real_kafka_is_there() -> None:
    if not REAL_KAFKA:
        pytest.skip(
            "The log was not tested against a real Apache Kafka: MOTCUA_TEST_KAFKA is not set. Start one "
            "(for example Maven's org.apache.kafka:kafka_2.13 with Java 17) and set it to host:port."
        )
    assert await describe(REAL_KAFKA, "nobody-made-this") is None
