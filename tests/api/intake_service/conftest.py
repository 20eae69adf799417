"""Intake over HTTP, on a seeded database of the test's own, at a business time that the test sets."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from httpx2 import AsyncClient, Response

from services.console.run_folder import RunFolder
from services.intake_service.main import create_app
from services.intake_service.seed.loader import seed_procedures
from services.intake_service.settings import Settings
from shared.clock import SimulatedClock
from shared.database import DEMO_MARK
from shared.schemas.lifecycle import Role
from tests.support.calendars import at
from tests.support.clients import Tokens, serving
from tests.support.intake_database import intake_database
from tests.support.postgres import FreshDatabase, PostgresServer

DESK = "H41.TTPVHCC"
PROCEDURE = "2.000004"
AGENCY = "H41.SCT"


@dataclass
class Intake:
    """The service and its callers."""

    client: AsyncClient
    tokens: Tokens
    clock: SimulatedClock
    keys: int = 0

    def key(self) -> dict[str, str]:
        """A new Idempotency-Key."""
        self.keys += 1
        return {"Idempotency-Key": f"key-{self.keys:08d}"}

    @property
    def officer(self) -> dict[str, str]:
        return self.tokens.headers(Role.INTAKE_OFFICER, desk=DESK)

    def citizen(self, name: str = "an") -> dict[str, str]:
        return self.tokens.headers(Role.CITIZEN, subject=name)

    async def upload(self, *contents: bytes) -> list[str]:
        """Digests of stored contents."""
        files = [("files", (f"{index}.pdf", content)) for index, content in enumerate(contents)]
        answer = await self.client.post("/v1/contents", files=files, headers=self.officer)
        assert answer.status_code == 201, answer.text
        digests: list[str] = answer.json()["digests"]
        return digests

    async def filing(self, **changes: Any) -> dict[str, Any]:
        """The body of a complete counter filing."""
        procedure = next(each for each in seed_procedures() if each.code == PROCEDURE)
        required = [component.code for component in procedure.components if component.required]
        digests = await self.upload(*(f"{code} {self.keys}".encode() for code in required))
        return {
            "procedure": PROCEDURE,
            "channel": "counter",
            "desk": DESK,
            "applicant": {"name": "Nguyễn Văn An", "identity_number": "040090001234"},
            "components": [
                {"component": code, "digest": digest} for code, digest in zip(required, digests, strict=True)
            ],
            "decision": {"outcome": "accept"},
            **changes,
        }

    async def file(
        self, body: dict[str, Any], *, by: dict[str, str] | None = None, key: dict[str, str] | None = None
    ) -> Response:
        """Post a filing."""
        headers = {**(by or self.officer), **(key or self.key())}
        return await self.client.post("/v1/dossiers", json=body, headers=headers)

    async def file_online(self, name: str = "an", **changes: Any) -> Response:
        """A citizen files."""
        body = await self.filing(channel="online", decision=None, **changes)
        return await self.file(body, by=self.citizen(name))

    async def act(
        self,
        answer: Response,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        by: dict[str, str] | None = None,
        key: dict[str, str] | None = None,
    ) -> Response:
        """Act on the dossier of an earlier answer, at the version it showed."""
        sent = {"If-Match": answer.headers["ETag"], **(by or self.officer), **(key or {})}
        url = f"/v1/dossiers/{answer.json()['code']}/{path}"
        return await self.client.post(url, json=body, headers=sent)


@pytest.fixture
async def intake(
    tmp_path: Path, postgres_server: PostgresServer, fresh_database: FreshDatabase
) -> AsyncIterator[Intake]:
    database = intake_database(postgres_server, fresh_database)
    name = database.split("?")[0].rsplit("/", 1)[1]
    postgres_server.execute(f"COMMENT ON DATABASE \"{name}\" IS '{DEMO_MARK}'")
    folder = RunFolder(tmp_path)
    tokens = Tokens(folder)
    clock = SimulatedClock(folder.business_clock)
    clock.set(start())
    settings = Settings.model_validate(
        {
            "database_url": database,
            "log_url": database,
            "object_store_url": folder.documents.as_uri(),
            "sealing_key": "a sealing key that is long enough for tests",
            "demo": True,
            "business_clock": folder.business_clock,
            **tokens.settings,
        }
    )
    async with serving(create_app(settings)) as client:
        yield Intake(client, tokens, clock)


def start() -> datetime:
    """Monday, 15 May 2023, 09:00 in Vietnam."""
    return at("2023-05-15 09:00")
