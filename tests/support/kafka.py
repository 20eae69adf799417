"""A broker for tests that needs nothing but a wheel; for a real one see `tests/support/real_kafka.py`."""

import ctypes
from importlib.metadata import files
from types import TracebackType
from typing import Any, Self


class WireKafka:
    """A broker that speaks Kafka's protocol over TCP, from librdkafka inside the `confluent-kafka` wheel.

    It keeps nothing on disk and makes topics by this object only, not by the admin protocol.
    """

    def __init__(self) -> None:
        self._library = _librdkafka()
        reason = ctypes.create_string_buffer(512)
        self._client = self._library.rd_kafka_new(0, self._library.rd_kafka_conf_new(), reason, len(reason))
        if not self._client:
            raise RuntimeError(reason.value.decode())
        self._cluster = self._library.rd_kafka_mock_cluster_new(self._client, 1)
        self._library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, 0)

    @property
    def servers(self) -> str:
        """host:port."""
        return str(self._library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode())

    def make_topic(self, name: str, partitions: int) -> None:
        failure = self._library.rd_kafka_mock_topic_create(self._cluster, name.encode(), partitions, 1)
        if failure:
            raise RuntimeError(f"topic {name} was not made: error {failure}")

    def delete_topic(self, name: str) -> None:
        failure = self._library.rd_kafka_mock_topic_delete(self._cluster, name.encode())
        if failure:
            raise RuntimeError(f"topic {name} was not deleted: error {failure}")

    def go_down(self) -> None:
        """Cut all connections and take no new ones."""
        self._library.rd_kafka_mock_broker_set_down(self._cluster, 1)

    def come_up(self) -> None:
        """End `go_down`; everything that was stored is there."""
        self._library.rd_kafka_mock_broker_set_up(self._cluster, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._client)


def _librdkafka() -> Any:
    (path,) = [
        file.locate()
        for file in files("confluent-kafka") or ()
        if file.name.startswith("librdkafka") and {".so", ".dylib"} & set(file.suffixes)
    ]
    library = ctypes.CDLL(str(path))
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32
    for name, result, arguments in (
        ("rd_kafka_conf_new", pointer, ()),
        ("rd_kafka_new", pointer, (ctypes.c_int, pointer, text, ctypes.c_size_t)),
        ("rd_kafka_destroy", None, (pointer,)),
        ("rd_kafka_mock_cluster_new", pointer, (pointer, ctypes.c_int)),
        ("rd_kafka_mock_cluster_destroy", None, (pointer,)),
        ("rd_kafka_mock_cluster_bootstraps", text, (pointer,)),
        ("rd_kafka_mock_topic_create", ctypes.c_int, (pointer, text, ctypes.c_int, ctypes.c_int)),
        ("rd_kafka_mock_topic_delete", ctypes.c_int, (pointer, text)),
        ("rd_kafka_mock_group_initial_rebalance_delay_ms", None, (pointer, number)),
        ("rd_kafka_mock_broker_set_down", ctypes.c_int, (pointer, number)),
        ("rd_kafka_mock_broker_set_up", ctypes.c_int, (pointer, number)),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
