"""Picks the adapter by the address of the log."""

from urllib.parse import urlsplit

from shared.log.kafka_address import read_kafka_address
from shared.log.port import EventLog
from shared.log.postgres import PostgresLog


def open_log(address: str) -> EventLog:
    """The log at `postgresql://user:password@host/database` or `kafka://host:9092,host:9092`.

    Nothing is connected yet. What else an address of Kafka may say is in `KafkaAddress`.
    Raises `ValueError` for an address of another kind.
    """
    match urlsplit(address).scheme:
        case "postgresql":
            return PostgresLog(address)
        case "kafka" | "kafkas":
            # Here alone: an installation whose log lies in PostgreSQL never carries a Kafka client.
            from shared.log.kafka import KafkaLog

            return KafkaLog(read_kafka_address(address))
        case scheme:
            # The address may hold a password: only its scheme is repeated.
            raise ValueError(
                f"no log adapter for {scheme!r}: an address begins with postgresql://, kafka:// or kafkas://"
            )
