"""The address of a log: what it may say, and what it makes a process carry."""

import subprocess
import sys

import pytest

from shared.log.address import open_log
from shared.log.kafka_address import read_kafka_address


def test_an_address_says_servers_and_options() -> None:
    plain = read_kafka_address("kafka://a:9092,b:9092")
    assert (plain.servers, plain.tls, plain.user) == ("a:9092,b:9092", False, None)
    # Nothing may be lost with what nobody said.
    assert plain.replication == 3
    read = read_kafka_address("kafka://a:9092?replication=1&session_seconds=0.5&member=w-1")
    assert (read.replication, read.session_seconds, read.member) == (1, 0.5, "w-1")


def test_an_address_says_who_asks_and_whom_to_believe() -> None:
    read = read_kafka_address("kafkas://b%40b:a%2Cb%3A@[::1]:9093,b?ca=/ca.pem&certificate=/c.pem&key=/k.pem")
    assert (read.servers, read.tls, read.user) == ("[::1]:9093,b", True, "b@b")
    assert read.password is not None
    assert read.password.get_secret_value() == "a,b:"
    assert list(map(str, (read.ca, read.certificate, read.key))) == ["/ca.pem", "/c.pem", "/k.pem"]
    assert "a,b:" not in repr(read)


def test_installations_that_share_a_cluster_keep_apart() -> None:
    shared = read_kafka_address("kafka://a:9092?prefix=ha-tinh.")
    assert shared.topic("dossier") == "ha-tinh.dossier"
    assert shared.group("stats", "dossier") == "ha-tinh.stats.dossier"


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("kafka://a:9092?replicaton=3", "knows no replicaton"),
        ("kafka://a:9092?servers=b", "knows no servers"),
        ("kafka://a:9092?replication=three", "replication: .* integer"),
        ("kafka://a:9092?replication=0", "replication: .* greater than or equal to 1"),
        ("kafka://a:9092?session_seconds=inf", "session_seconds: .* finite"),
        ("kafka://a:9092?prefix=hà-tĩnh", "prefix: "),
        ("kafka://", "must name the brokers"),
        ("kafka://a:9092,", "must name the brokers"),
        ("kafka://:9092", "must name the brokers"),
        ("kafka://a:kafka", "must name the brokers"),
        ("kafkas://user@a:9093", "a user needs a password"),
        ("kafka://user:secret@a:9092?mechanism=PLAIN", "needs kafkas://"),
        ("kafka://a:9092?ca=/ca.pem", "are for kafkas://"),
        ("kafkas://a:9092?key=/key.pem", "go together"),
        ("kafkas://a:9092?mechanism=NTLM", "mechanism: "),
    ],
)
def test_a_wrong_address_is_refused_without_its_password(address: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refusal:
        read_kafka_address(address)
    assert "secret" not in str(refusal.value)


def test_a_file_that_is_not_there_is_told_at_the_start() -> None:
    with pytest.raises(ValueError, match="cannot be used"):
        open_log("kafkas://a:9093?ca=/nowhere/ca.pem")


def test_a_log_in_postgresql_needs_no_kafka_client() -> None:
    program = (
        "import sys; from shared.log.address import open_log; open_log('postgresql://u:p@127.0.0.1/log');"
        "print('aiokafka' in sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "False"
