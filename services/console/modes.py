"""How many processes a system on this machine consists of."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from enum import StrEnum

from services.console.starting import StartedSystem

Start = Callable[..., AbstractContextManager[StartedSystem]]


class Mode(StrEnum):
    """Embedded: as few processes as possible. Cluster: those of a distributed installation, with Kafka."""

    EMBEDDED = "embedded"
    CLUSTER = "cluster"


def start_of(mode: Mode) -> Start:
    """What brings a demo up: called with a run folder, `port` and `for_replay`."""
    match mode:
        case Mode.EMBEDDED:
            from services.console.embedded import embedded_system

            return embedded_system
        case Mode.CLUSTER:
            from services.console.cluster.system import cluster_system

            return cluster_system
