"""Has supervisord keep the processes of a cluster running (docs/adr says why supervisord)."""

import configparser
import io
import secrets
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Longer than any of them takes to end in order.
_END_SECONDS = 30
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Program:
    """Something to keep running: what it is called, which group it belongs to, and how it is started."""

    name: str
    group: str
    command: Sequence[str]


def configuration(programs: Sequence[Program], *, folder: Path, logs: Path, control_port: int) -> str:
    """supervisord's file: the groups start in the order given, and stop in reverse.

    `supervisorctl` finds the way to a running supervisord in it, so it holds a password.
    """
    password = secrets.token_urlsafe(24)
    caller = {"username": "motcua", "password": password}
    sections: dict[str, Mapping[str, object]] = {
        "supervisord": {
            "nodaemon": "true",
            "logfile": folder / "supervisord.log",
            "pidfile": folder / "supervisord.pid",
        },
        "inet_http_server": {"port": f"127.0.0.1:{control_port}", **caller},
        "supervisorctl": {"serverurl": f"http://127.0.0.1:{control_port}", **caller},
        "rpcinterface:supervisor": {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        },
    }
    for program in programs:
        sections[f"program:{program.name}"] = {
            "command": shlex.join(program.command),
            "autorestart": "true",
            "startretries": _ATTEMPTS,
            "stopwaitsecs": _END_SECONDS,
            "redirect_stderr": "true",
            "stdout_logfile": logs / f"{program.name}.log",
        }
    for place, group in enumerate(dict.fromkeys(program.group for program in programs)):
        members = [program.name for program in programs if program.group == group]
        sections[f"group:{group}"] = {"programs": ",".join(members), "priority": place}
    return _written(sections)


def command(configuration_file: Path) -> Sequence[str]:
    """How supervisord is started, in the foreground."""
    return [sys.executable, "-m", "supervisor.supervisord", "--silent", "-c", str(configuration_file)]


def _written(sections: Mapping[str, Mapping[str, object]]) -> str:
    parser = configparser.RawConfigParser()
    # supervisord replaces %(names)s.
    parser.read_dict(
        {
            section: {name: str(value).replace("%", "%%") for name, value in values.items()}
            for section, values in sections.items()
        }
    )
    text = io.StringIO()
    parser.write(text)
    return text.getvalue()
