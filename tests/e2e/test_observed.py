"""A running system from outside: one filing is one trace, and whom it is about is told nowhere."""

import asyncio
import json
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.console.demo_issuer import CENTER_DESK, DemoGrant, mint
from services.console.embedded import embedded_system
from services.console.run_folder import LOG_VARIABLE, RunFolder
from services.console.starting import StartedSystem
from shared.log.address import open_log
from shared.log.port import DOSSIER_STREAM, Record
from shared.observability import backlog
from shared.schemas.lifecycle import Role
from tests.support.alerts import firing
from tests.support.otlp_receiver import ReceivedSpan, Receiver, receiving_spans
from tests.support.promql import Scraped

SECONDS = 60
PROCEDURE = "2.000004"
PERSON = {
    "name": "Đinh Thị Chim Hoàng Yến",
    "identity_number": "040990071717",
    "address": "Ngõ Hoàng Yến 17, Vinh",
    "phone": "0909717171",
    "email": "hoang.yen@example.vn",
}
# In every form in which it might get somewhere.
TRACES_OF_THE_PERSON = [
    form
    for value in PERSON.values()
    for form in (value.encode(), json.dumps(value).strip('"').encode(), repr(value.encode())[2:-1].encode())
]


class Observed:
    """The system, and what is told outside of it."""

    def __init__(self, system: StartedSystem, receiver: Receiver) -> None:
        self.receiver = receiver
        self.folder = system.folder
        self._system = system
        self._keys = iter(range(10_000))

    def call(self, path: str, body: Any, *headers: tuple[str, str]) -> tuple[int, Any]:
        """The status and the body of what an officer at the counter is answered."""
        officer = mint(self.folder, "officer", DemoGrant(Role.INTAKE_OFFICER, desk=CENTER_DESK))
        request = urllib.request.Request(  # noqa: S310 - our own address
            self._system.address + path,
            json.dumps(body).encode(),
            {
                "Authorization": f"Bearer {officer}",
                "Content-Type": "application/json",
                "Idempotency-Key": f"observed-{next(self._keys):08d}",
                **dict(headers),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - see above
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal)

    def shown(self) -> list[bytes]:
        """The metrics of every process."""
        pages = []
        for address in self._system.metrics:
            with urllib.request.urlopen(address, timeout=SECONDS) as answer:  # noqa: S310 - see above
                pages.append(answer.read())
        return pages

    def figure(self, name: str, **labels: str) -> float:
        """The sum of the samples of that name that have these labels."""
        return sum(
            sample.value
            for page in self.shown()
            for family in text_string_to_metric_families(page.decode())
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def settle(self) -> None:
        """Wait until everything that was filed has taken effect, and is told."""
        time.sleep(backlog.SECONDS + 1)  # figures are not older
        waiting = ("outbox_pending", "consumer_unread_events")
        eventually(lambda: not any(self.figure(name) for name in waiting))

    def fired(self) -> set[str]:
        """The alerts whose expression holds now."""
        scraped, now = Scraped(), time.time()
        for address, page in zip(self._system.metrics, self.shown(), strict=True):
            scraped.add(now, page.decode(), job="motcua", instance=address)
        return set(firing(scraped, now))

    def change_intake(self, statement: str) -> None:
        """Change the tables of intake."""

        async def change() -> None:
            connection = await asyncpg.connect(self._system.environment["MOTCUA_INTAKE_DATABASE_URL"])
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(change())

    def put_on_the_log(self, record: Record) -> None:
        """As another program might."""

        async def put() -> None:
            log = open_log(self._system.environment[LOG_VARIABLE])
            try:
                await log.append(DOSSIER_STREAM, [record])
            finally:
                await log.close()

        asyncio.run(put())


@pytest.fixture(scope="module")
def observed() -> Iterator[Observed]:
    with (
        tempfile.TemporaryDirectory() as name,
        receiving_spans() as receiver,
        pytest.MonkeyPatch.context() as patch,
    ):
        Path(name).chmod(0o711)
        patch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint)
        patch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
        with embedded_system(RunFolder(Path(name) / "run"), port=0, tell=lambda _: None) as system:
            yield Observed(system, receiver)


def eventually(holds: Callable[[], Any]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def filing(**changed: Any) -> dict[str, Any]:
    return {
        "procedure": PROCEDURE,
        "channel": "counter",
        "desk": CENTER_DESK,
        "applicant": PERSON,
        "components": [{"component": each, "digest": None} for each in ("notice", "rules")],
        "decision": {"outcome": "accept"},
        **changed,
    }


def test_one_filing_is_one_trace_down_to_the_figures(observed: Observed) -> None:
    status, dossier = observed.call("/v1/dossiers", filing())
    assert status == 201, dossier
    code, spans = dossier["code"], observed.receiver.spans

    def followed() -> list[ReceivedSpan]:
        return [each for each in list(spans) if each.told.get("motcua.dossier.code") == code]

    def begun() -> list[ReceivedSpan]:
        return [each for each in list(spans) if each.name == "POST /v1/dossiers"]

    def place(span: ReceivedSpan) -> tuple[str, str, str | None, str]:
        group = span.told.get("messaging.consumer.group.name")
        return span.process, span.name, group, span.told["motcua.event.type"].split(".")[3]

    expected = {
        ("worker", "append dossier", None),
        *(("worker", "apply dossier", group) for group in ("intake", "processing", "portal", "stats")),
    }
    eventually(lambda: len(followed()) == 2 * len(expected) and begun())
    assert sorted(map(place, followed()), key=str) == sorted(
        ((*where, event) for where in expected for event in ("filed", "accepted")), key=str
    )
    (request,) = begun()
    assert (request.process, request.told["http.response.status_code"]) == ("api", "201")
    assert {(each.trace, each.parent) for each in followed()} == {(request.trace, request.span)}
    # What a batch costs is told once, and each event in it points there.
    batches = {each.span for each in spans if each.name == "apply batch dossier"}
    assert {each.links[0] in batches for each in followed() if each.name == "apply dossier"} == {True}


def test_timers_that_find_nothing_to_do_tell_nothing(observed: Observed) -> None:
    eventually(lambda: observed.figure("timer_lag_seconds", timer="processing due") == 0)
    names = {each.name for each in list(observed.receiver.spans)}
    assert names.isdisjoint({"lapse", "recompute", "hand_over"})


def test_a_caller_who_collects_nothing_is_followed_by_nobody(observed: Observed) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    status, _ = observed.call("/v1/dossiers", filing(), ("traceparent", f"00-{trace}-00f067aa0ba902b7-00"))
    assert status == 201
    observed.settle()
    assert not observed.receiver.of_trace(trace)
    status, _ = observed.call("/v1/dossiers", filing(), ("traceparent", f"00-{trace}-00f067aa0ba902b7-01"))
    assert status == 201
    eventually(lambda: len(observed.receiver.of_trace(trace)) == 11)


def test_every_process_shows_how_it_is(observed: Observed) -> None:
    shown = {
        "http_server_request_duration_seconds_count": 1,
        "process_ready": 1,
        "events_sent_total": 2,
        "events_applied_total": 6,
        "consumer_batch_duration_seconds_count": 3,
        "event_loop_lag_seconds_count": 2,
        "motcua_build_info": 2,
        "db_client_connection_max": 6,
    }
    for name, least in shown.items():
        assert observed.figure(name) >= least, name
    filed = {"http_request_method": "POST", "http_route": "/v1/dossiers"}
    before = observed.figure("http_server_request_duration_seconds_count", **filed)
    denied = observed.figure("authz_denied_total", reason="unauthenticated")
    assert observed.call("/v1/dossiers", filing(), ("Authorization", "Bearer nonsense"))[0] == 401
    again = ("Idempotency-Key", "observed-again")
    for _ in range(2):
        assert observed.call("/v1/dossiers", filing(), again)[0] == 201
    assert observed.figure("http_server_request_duration_seconds_count", **filed) == before + 3
    assert observed.figure("authz_denied_total", reason="unauthenticated") == denied + 1
    assert observed.figure("idempotent_replays_total") == 1


def test_a_system_that_is_well_lacks_but_a_backup(observed: Observed) -> None:
    observed.settle()
    assert observed.fired() == {"BackupOld"}


def test_whom_it_is_about_is_told_nowhere(observed: Observed) -> None:
    """Through filing, refusals, a bug and parked events."""
    wrong = {**PERSON, "identity_number": f"{PERSON['identity_number']}X"}
    refused = [
        filing(),
        filing(applicant=wrong),
        filing(applicant={**PERSON, PERSON["name"]: PERSON["phone"]}),
        filing(foreign_number="G1-2"),
        filing(foreign_number="G1-2"),
        filing(procedure=PERSON["name"]),
    ]
    assert [observed.call("/v1/dossiers", body)[0] for body in refused] == [201, 400, 400, 201, 409, 400]
    assert observed.call(f"/v1/dossiers/{PERSON['identity_number']}/acceptance", {})[0] >= 400
    assert observed.call("/v1/lookups", {"code": PERSON["phone"], "identity_ends_with": "1717"})[0] >= 400
    observed.change_intake("ALTER TABLE idempotency_key RENAME TO away")
    assert observed.call("/v1/dossiers", filing())[0] == 500
    observed.change_intake("ALTER TABLE away RENAME TO idempotency_key")
    before = observed.figure("dlq_depth")
    told = {"type": "vn.motcua.dossier.filed.v1", "data": PERSON, "subject": "H41.SCT-230515-0001"}
    observed.put_on_the_log(Record("H41.SCT-230515-0001", json.dumps(told).encode()))
    eventually(lambda: observed.figure("dlq_depth") == before + 4)
    observed.settle()
    assert "EventParked" in observed.fired()

    logs = [path.read_bytes() for path in observed.folder.logs.iterdir()]
    lines = [json.loads(line) for log in logs for line in log.splitlines()]
    (bug,) = [line for line in lines if line["event"] == "unhandled_error"]
    (failed,) = [each for each in observed.receiver.spans if each.failed]
    assert (bug["trace_id"], bug["span_id"]) == (failed.trace, failed.span)
    parked = [line for line in lines if line["event"] == "event_parked"]
    assert {line["group"] for line in parked} == {"intake", "processing", "portal", "stats"}
    assert all(line["trace_id"] for line in parked)
    everything = [*logs, *observed.shown(), *observed.receiver.raw]
    assert [form for form in TRACES_OF_THE_PERSON if any(form in each for each in everything)] == []
