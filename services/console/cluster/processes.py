"""Which processes a cluster on one machine consists of."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.console.kafka.cluster import free_ports
from shared.variables import SERVICES

_COPIES = 2
_COMMANDS = {"worker": "work", "api": "serve"}


@dataclass(frozen=True, slots=True)
class Process:
    """One API or worker process of one service; it answers its probes on `port`."""

    service: str
    kind: str
    number: int
    port: int

    @property
    def name(self) -> str:
        """Like `intake-api-1`."""
        return f"{self.service}-{self.kind}-{self.number}"

    @property
    def command(self) -> Sequence[str]:
        """How it is started."""
        program = (sys.executable, "-m", "services.console.main")
        return [*program, _COMMANDS[self.kind], self.service, "--port", str(self.port)]


def processes() -> Sequence[Process]:
    """Two of each kind and service, on free ports; workers first."""
    wanted = [
        (service, kind, number)
        for kind in _COMMANDS
        for service in SERVICES
        for number in range(1, _COPIES + 1)
    ]
    return [Process(*each, port) for each, port in zip(wanted, free_ports(len(wanted)), strict=True)]


def api_servers(running: Sequence[Process]) -> Mapping[str, Sequence[str]]:
    """The `server` lines of the proxy."""
    return {
        service: [
            f"server {each.name} 127.0.0.1:{each.port}"
            for each in running
            if each.kind == "api" and each.service == service
        ]
        for service in SERVICES
    }


def programs_folder() -> Path:
    """From where the commands run."""
    return Path(__file__).resolve().parents[3]
