"""A real Apache Kafka for tests: one broker for the whole run, or the one that MOTCUA_TEST_KAFKA names."""

import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from services.console.kafka.distribution import KafkaMissingError, distribution
from tests.support.run_wide import run_folder, started_once
from tests.support.secured_kafka import PASSWORD, USER, SecuredKafka

_GIVEN = os.environ.get("MOTCUA_TEST_KAFKA")
_LEFT_OUT = "NOT TESTED"
_UNTESTED = f"{_LEFT_OUT} against a real Apache Kafka: "


@dataclass(frozen=True, slots=True)
class RealKafka:
    """Entrances of a broker: addresses of a log, to which options may be added behind `&`."""

    servers: str
    open: str
    with_password: str = ""
    with_plain_password: str = ""
    with_certificate: str = ""


@pytest.fixture(scope="session")
def real_kafka(testrun_uid: str) -> Iterator[RealKafka]:
    """See `need_kafka`."""
    if _GIVEN:
        # Brokers take no shorter session unless they are told to.
        yield RealKafka(_GIVEN, f"kafka://{_GIVEN}?replication=1&session_seconds=6")
        return
    need_kafka()
    folder = run_folder(testrun_uid, "kafka")
    entrances = folder / "entrances.json"
    broker = SecuredKafka(folder / "broker")

    def start() -> None:
        broker.start()
        entrances.write_text(json.dumps(asdict(_entrances(broker))))

    with started_once(folder, is_up=entrances.exists, start=start, stop=broker.stop):
        yield RealKafka(**json.loads(entrances.read_text()))


def need_kafka() -> None:
    """Skip loudly where there is nothing to run Kafka with; fail then where CI is set."""
    try:
        distribution()
    except KafkaMissingError as missing:
        if os.environ.get("CI"):
            pytest.fail(f"{_UNTESTED}{missing}")
        pytest.skip(f"{_UNTESTED}{missing}")


@asynccontextmanager
async def administrator(servers: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """For what a log never does by itself."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def delete_topics(kafka: RealKafka, *topics: str) -> None:
    """Forget them: the broker outlives the test."""
    async with administrator(kafka.servers) as admin:
        await admin.delete_topics(topics)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once more, where it is not overlooked, that something was left out."""
    reasons = {
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple) and _LEFT_OUT in report.longrepr[2]
    }
    for reason in sorted(reasons):
        terminalreporter.section("left out", red=True, bold=True)
        terminalreporter.line(reason, red=True)


def _entrances(broker: SecuredKafka) -> RealKafka:
    options = f"?replication=1&session_seconds=3&ca={_path(broker.ca)}"
    own = f"&certificate={_path(broker.client)}&key={_path(broker.client)}"
    return RealKafka(
        broker.servers,
        f"kafka://{broker.servers}?replication=1&session_seconds=3",
        f"kafkas://{USER}:{quote(PASSWORD)}@{broker.with_password}{options}",
        f"kafkas://{USER}:plain@{broker.with_password}{options}&mechanism=PLAIN",
        f"kafkas://{broker.with_certificate}{options}{own}",
    )


def _path(path: Path) -> str:
    return quote(str(path))
