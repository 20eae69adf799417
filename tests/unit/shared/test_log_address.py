"""The address of a log: what it may say, and what it makes a process carry."""

import subprocess
import sys

import pytest

from shared.log.kafka_address import KafkaAddress, read_kafka_address


def test_an_address_says_servers_and_options() -> None:
    assert read_kafka_address("kafka://a:9092,b:9092") == KafkaAddress("a:9092,b:9092", 1, 10)
    read = read_kafka_address("kafka://a:9092?replication=3&session_seconds=0.5")
    assert read == KafkaAddress("a:9092", 3, 0.5)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("kafka://a:9092?replicaton=3", "knows no replicaton"),
        ("kafka://a:9092?replication=three", "are numbers"),
        ("kafka://a:9092?replication=0", "greater than 0"),
        ("kafka://a:9092?session_seconds=inf", "greater than 0"),
        ("kafka://", "must name the brokers"),
        ("kafka://a:9092,", "must name the brokers"),
        ("kafka://:9092", "must name the brokers"),
    ],
)
def test_a_wrong_address_is_refused(address: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_kafka_address(address)


def test_a_log_in_postgresql_needs_no_kafka_client() -> None:
    program = (
        "import sys; from shared.log.address import open_log; open_log('postgresql://u:p@127.0.0.1/log');"
        "print('aiokafka' in sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "False"
