"""A key lies in the partition where Kafka's own clients put it."""

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from shared.log.partitioning import murmur2, partition_of


@given(st.text())
def test_keys_lie_where_the_kafka_client_puts_them(key: str) -> None:
    partitions = list(range(16))
    assert partition_of(key, 16) == DefaultPartitioner()(key.encode(), partitions, partitions)


@pytest.mark.parametrize(
    ("data", "expected"),
    # From the tests of Kafka's Java client.
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_the_hash_is_that_of_the_java_client(data: bytes, expected: int) -> None:
    assert murmur2(data) == expected % 2**32
