"""Processor time of the system's processes, from /proc."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PARTS = {"api_process": "API", "worker_process": "worker", "bin/postgres": "PostgreSQL"}


@dataclass(frozen=True, slots=True)
class _Process:
    parent: int
    own: float
    """Seconds of itself."""
    ended: float
    """Seconds of its children that have ended."""


def processor_seconds() -> Mapping[str, float]:
    """What each part of the system below this process has used so far."""
    processes = {int(entry.name): process for entry in Path("/proc").iterdir() if (process := _read(entry))}
    return {
        name: _with_children(pid, processes)
        for pid in _children(os.getpid(), processes)
        if (name := _part(pid))
    }


def _with_children(pid: int, processes: Mapping[int, _Process]) -> float:
    process = processes[pid]
    living = sum(processes[child].own for child in _children(pid, processes))
    return process.own + process.ended + living


def _children(pid: int, processes: Mapping[int, _Process]) -> list[int]:
    return [child for child, process in processes.items() if process.parent == pid]


def _part(pid: int) -> str | None:
    command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return next((part for word, part in _PARTS.items() if word in command), None)


def _read(entry: Path) -> _Process | None:
    if not entry.name.isdigit():
        return None
    try:
        fields = (entry / "stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended meanwhile
        return None
    user, system, ended_user, ended_system = (int(ticks) / _TICKS for ticks in fields[11:15])
    return _Process(int(fields[1]), user + system, ended_user + ended_system)
