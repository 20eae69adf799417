"""What supervisord is told."""

import shlex
from configparser import ConfigParser
from pathlib import Path

from services.console.cluster.processes import api_servers, processes
from services.console.cluster.supervision import Program, configuration
from shared.variables import SERVICES

PROGRAMS = [
    Program("stats-worker-1", "worker", ["python", "-m", "a b", "100%"]),
    Program("stats-api-1", "api", ["python"]),
    Program("stats-api-2", "api", ["python"]),
]


def told() -> ConfigParser:
    parser = ConfigParser()
    parser.read_string(
        configuration(PROGRAMS, folder=Path("/run 50%"), logs=Path("/logs"), control_port=20_001)
    )
    return parser


def test_every_program_is_kept_running_and_may_end_in_order() -> None:
    for program in PROGRAMS:
        section = told()[f"program:{program.name}"]
        # supervisord reads `%%` as `%`, as this parser does.
        assert shlex.split(section["command"]) == list(program.command)
        assert section["autorestart"] == "true"
        assert int(section["stopwaitsecs"]) >= 30
    assert told()["supervisord"]["pidfile"] == "/run 50%/supervisord.pid"


def test_groups_start_in_the_order_given() -> None:
    parser = told()
    assert parser["group:worker"]["programs"] == "stats-worker-1"
    assert parser["group:api"]["programs"] == "stats-api-1,stats-api-2"
    assert int(parser["group:worker"]["priority"]) < int(parser["group:api"]["priority"])


def test_only_who_may_read_the_file_finds_the_way_in() -> None:
    first, second = told(), told()
    assert first["inet_http_server"]["password"] == first["supervisorctl"]["password"]
    assert first["inet_http_server"]["password"] != second["inet_http_server"]["password"]
    assert first["inet_http_server"]["port"] == "127.0.0.1:20001"


def test_two_of_each_kind_and_service_on_ports_of_their_own() -> None:
    running = processes()
    assert len({each.port for each in running}) == len(running) == 4 * len(SERVICES)
    assert {each.command[-4] for each in running} == {"serve", "work"}
    servers = api_servers(running)
    assert {service: len(lines) for service, lines in servers.items()} == dict.fromkeys(SERVICES, 2)
