"""Picks the adapter by the address of the log."""

from urllib.parse import parse_qsl, urlsplit

from shared.log.kafka import KafkaLog
from shared.log.port import EventLog
from shared.log.postgres import PostgresLog


def open_log(address: str) -> EventLog:
    """The log at `postgresql://user:password@host/database` or `kafka://host:9092,host:9092?replication=3`.

    Nothing is connected yet. A Kafka address may set `replication` and `session_seconds`, see `KafkaLog`.
    Raises `ValueError` for an address of another kind.
    """
    parts = urlsplit(address)
    match parts.scheme:
        case "postgresql":
            return PostgresLog(address)
        case "kafka":
            settings = {"replication": "1", "session_seconds": "10"}
            given = dict(parse_qsl(parts.query, keep_blank_values=True))
            if unknown := given.keys() - settings.keys():
                raise ValueError(f"the address of a log knows no {sorted(unknown)}")
            settings |= given
            return KafkaLog(
                parts.netloc,
                replication=int(settings["replication"]),
                session_seconds=float(settings["session_seconds"]),
            )
        case scheme:
            # The address may hold a password: only its scheme is repeated.
            raise ValueError(
                f"no log adapter for {scheme!r}: an address begins with postgresql:// or kafka://"
            )
