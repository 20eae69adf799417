"""What the address of a log in Kafka says."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class KafkaAddress:
    """`kafka://host:9092,host:9092?replication=3&session_seconds=10`; what is not said is as below."""

    servers: str
    replication: int = 1
    session_seconds: float = 10


def read_kafka_address(address: str) -> KafkaAddress:
    """Raises `ValueError`, which repeats no part of the address but the names of its options."""
    parts = urlsplit(address)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(given.keys() - {"replication", "session_seconds"}):
        raise ValueError(f"the address of a log knows no {', '.join(unknown)}")
    if not all(server.partition(":")[0] for server in parts.netloc.split(",")):
        raise ValueError("must name the brokers: kafka://host:9092,host:9092")
    try:
        replication, seconds = int(given.get("replication", "1")), float(given.get("session_seconds", "10"))
    except ValueError as error:
        raise ValueError("replication and session_seconds are numbers") from error
    if replication < 1 or not 0 < seconds < float("inf"):
        raise ValueError("replication and session_seconds are greater than 0")
    return KafkaAddress(parts.netloc, replication, seconds)
