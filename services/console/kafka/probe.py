"""Asks a broker which brokers are alive, in the few bytes that this takes."""

import socket
import struct

# Length, metadata request in version 1, correlation, no client, no topics.
_REQUEST = struct.pack(">ihhihi", 14, 3, 1, 0, -1, 0)
_PATIENCE_SECONDS = 2.0


def living_brokers(port: int) -> frozenset[int]:
    """The numbers of the brokers that take requests, as the one on `port` of this machine knows them.

    Empty while it does not answer.
    """
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_SECONDS) as connection:
            connection.sendall(_REQUEST)
            with connection.makefile("rb") as answer:
                (length,) = struct.unpack(">i", answer.read(4))
                return _brokers(answer.read(length))
    except (OSError, struct.error):
        return frozenset()


def _brokers(answer: bytes) -> frozenset[int]:
    numbers = set()
    _correlation, count = struct.unpack_from(">ii", answer)
    place = 8
    for _ in range(count):
        number, host_length = struct.unpack_from(">ih", answer, place)
        numbers.add(number)
        place += 6 + host_length + 4
        (rack_length,) = struct.unpack_from(">h", answer, place)
        place += 2 + max(rack_length, 0)
    return frozenset(numbers)
