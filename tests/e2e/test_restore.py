"""A province that loses everything comes back from its backups as it was a moment before."""

import hashlib
import json
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner, Result

from services.console.demo_issuer import CENTER_DESK, DemoGrant, mint
from services.console.embedded import embedded_system
from services.console.embedded_postgres import EmbeddedPostgres
from services.console.main import app
from services.console.run_folder import RunFolder
from services.console.starting import StartedSystem
from shared.schemas.lifecycle import Role

SECONDS = 60
PROCEDURE = "2.000004"
PERSON = {"name": "Nguyễn Thị Hoa", "identity_number": "040190012345", "phone": "0912345678"}


class Office:
    """A counter of a running system."""

    def __init__(self, system: StartedSystem) -> None:
        officer = mint(system.folder, "officer", DemoGrant(Role.INTAKE_OFFICER, desk=CENTER_DESK))
        headers = {"Authorization": f"Bearer {officer}", "Connection": "close"}
        self._client = httpx2.Client(base_url=system.address, headers=headers, timeout=SECONDS)
        self._folder = system.folder

    def file(self, number: int) -> str:
        """Code of an accepted dossier, each with a document of its own."""
        (digest,) = self._sent("/v1/contents", files={"files": ("1.pdf", f"paper {number}".encode())})[
            "digests"
        ]
        dossier = {
            "procedure": PROCEDURE,
            "channel": "counter",
            "desk": CENTER_DESK,
            "applicant": PERSON,
            "components": [{"component": each, "digest": digest} for each in ("notice", "rules")],
            "decision": {"outcome": "accept"},
        }
        key = {"Idempotency-Key": f"restored-{number:08d}"}
        return str(self._sent("/v1/dossiers", json=dossier, headers=key)["code"])

    def known(self, code: str) -> Any:
        """What intake says of a dossier; none where it knows none."""
        answer = self._client.get(f"/v1/dossiers/{code}")
        return answer.json() if answer.status_code == 200 else None

    def settle(self) -> None:
        """Wait until everything has taken effect."""
        deadline = time.monotonic() + SECONDS
        while True:
            told = json.loads(motcua("outbox", "status", "--format", "json", data=self._folder).stdout)
            waiting = [each["pending"] for each in told["outboxes"]] + [
                each["unread"] for each in told["groups"]
            ]
            if not any(waiting):
                return
            assert time.monotonic() < deadline, told

    def _sent(self, path: str, **request: Any) -> Any:
        answer = self._client.post(path, **request)
        assert answer.status_code == 201, answer.text
        return answer.json()


def motcua(*arguments: str, data: RunFolder | None = None) -> Result:
    place = ["--data", str(data.path)] if data else []
    return CliRunner().invoke(app, [*arguments, *place])


def moment() -> datetime:
    """Between what was done before and what comes."""
    time.sleep(0.05)
    now = datetime.now(UTC)
    time.sleep(0.05)
    return now


@pytest.fixture
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o711)  # for the account of PostgreSQL
        yield Path(name)


def test_everything_acknowledged_before_the_moment_is_there_and_nothing_after_it(place: Path) -> None:
    backups = str(place / "backups")
    lost, found = RunFolder(place / "run"), RunFolder(place / "restored")
    with embedded_system(lost, port=0, archive=place / "backups", tell=lambda _: None) as system:
        office = Office(system)
        before = [office.file(number) for number in range(5)]
        taken = motcua("backup", "--to", backups, "--format", "json", data=lost)
        assert taken.exit_code == 0, taken.stderr
        told = json.loads(taken.stdout)
        assert (told["archived"], told["documents"]["documents"]) == (True, 0)  # they were there already
        since = [office.file(number) for number in range(5, 15)]
        expected = {code: office.known(code) for code in before + since}
        until = moment()
        after = office.file(15)
        EmbeddedPostgres(lost.postgres).query("motcua_processing", "DROP TABLE history CASCADE")
    # One did not get there in time.
    for paper in (place / "backups" / "documents").glob(f"*/{_sha256(b'paper 3')}"):
        paper.unlink()
    lost.remove()

    restore = ("restore", "--from", backups, "--to-data", str(found.path))
    late = motcua(*restore, "--to-time", datetime.now(UTC).isoformat())
    assert (late.exit_code, "give an earlier moment or none" in late.stderr) == (1, True), late.output
    assert not list(place.glob("restored*"))  # nor what was begun
    restored = motcua(*restore, "--to-time", until.isoformat())
    assert restored.exit_code == 0, restored.stderr
    assert (
        f"1 documents that dossiers name had not reached the backups: {_sha256(b'paper 3')}\n"
        in restored.stdout
    )
    again = motcua(*restore)
    assert (again.exit_code, "overwrites none" in again.stderr) == (1, True)
    audited = motcua("audit", "verify", data=found)  # before anybody is let in
    assert audited.exit_code == 0, audited.output

    with embedded_system(found, port=0, archive=place / "backups", tell=lambda _: None) as system:
        office = Office(system)
        assert {code: office.known(code) for code in expected} == expected
        assert office.known(after) is None
        for number in {*range(15)} - {3}:
            assert list(found.documents.glob(f"*/{_sha256(f'paper {number}'.encode())}"))
        office.settle()
        recounted = motcua("verify", "--format", "json", data=found)
        assert recounted.exit_code == 0, recounted.stdout
        assert json.loads(recounted.stdout)["dossiers"] == len(expected)
        # Life goes on, and can be restored again, to the newest there is.
        assert motcua("backup", "--to", backups, "--keep", "1", data=found).exit_code == 0
        expected[office.file(16)] = None
        expected[office.file(17)] = None
    found.remove()
    newest = RunFolder(place / "newest")
    assert motcua("restore", "--from", backups, "--to-data", str(newest.path)).exit_code == 0
    assert json.loads(motcua("audit", "verify", "--format", "json", data=newest).stdout)["dossiers"] == len(
        expected
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
