"""Processing over HTTP, on a database of the test's own, at a business time that the test sets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from httpx2 import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.console.run_folder import RunFolder
from services.processing_service.main import create_app
from services.processing_service.settings import Settings
from shared.clock import SimulatedClock
from shared.database import DEMO_MARK, create_engine
from shared.schemas.lifecycle import Role
from tests.support.acceptances import AGENCY, DESK, SEALING_KEY, accepted_event, code_of
from tests.support.calendars import at
from tests.support.clients import Tokens, serving
from tests.support.postgres import FreshDatabase, PostgresServer
from tests.support.processing_database import open_dossiers, processing_database

WHY = {"reason_code": "for_the_test", "reason": "Vì bài kiểm tra"}
_PLACES = {
    Role.INTAKE_OFFICER: {"desk": DESK},
    Role.CASE_OFFICER: {"agency": AGENCY},
    Role.APPROVER: {"agency": AGENCY},
    Role.SUPERVISOR: {"agency": AGENCY},
}


@dataclass
class Processing:
    """The service and its callers. Its cases belong to the citizen `an` and the representative `binh`."""

    client: AsyncClient
    tokens: Tokens
    clock: SimulatedClock
    engine: AsyncEngine
    settings: Settings
    cases: int = 0
    keys: int = 0

    def as_(self, role: Role, subject: str | None = None, **place: str) -> dict[str, str]:
        """The headers of somebody in a role, at the usual place."""
        names = {Role.CITIZEN: "an", Role.REPRESENTATIVE: "binh"}
        return self.tokens.headers(
            role, subject=subject or names.get(role), **(place or _PLACES.get(role, {}))
        )

    def key(self) -> dict[str, str]:
        """A new Idempotency-Key."""
        self.keys += 1
        return {"Idempotency-Key": f"key-{self.keys:08d}"}

    async def open(self, **changes: Any) -> "Handle":
        """A dossier that was accepted now."""
        self.cases += 1
        now = self.clock.now()
        code = code_of(self.cases, now)
        event = accepted_event(
            code,
            accepted_at=now,
            owner=self.tokens.subject("an"),
            representative=self.tokens.subject("binh"),
            **changes,
        )
        await open_dossiers(self.engine, [event])
        return Handle(self, code, event.sequence)

    async def upload(self, *contents: bytes) -> list[str]:
        """Digests of stored contents."""
        files = [("files", (f"{index}.pdf", content)) for index, content in enumerate(contents)]
        answer = await self.client.post(
            "/v1/cases/contents", files=files, headers=self.as_(Role.CASE_OFFICER)
        )
        assert answer.status_code == 201, answer.text
        digests: list[str] = answer.json()["digests"]
        return digests

    def at(self, local: str) -> None:
        """Move the business clock."""
        self.clock.set(at(local))


@dataclass
class Handle:
    """A case, and the version of it that was seen last."""

    processing: Processing
    code: str
    version: int

    async def try_(
        self, path: str, role: Role, body: Any = None, *, subject: str | None = None, **headers: str
    ) -> Response:
        """Ask for an act; whatever is answered."""
        sent = {
            "If-Match": f'"{self.version}"',
            **self.processing.key(),
            **self.processing.as_(role, subject),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return await self.processing.client.post(f"/v1/cases/{self.code}/{path}", json=body, headers=sent)

    async def act(self, path: str, role: Role, body: Any = None, *, subject: str | None = None) -> str:
        """Ask for an act that must be granted; the status after it."""
        answer = await self.try_(path, role, body, subject=subject)
        assert answer.status_code == 200, answer.text
        self.version = answer.json()["version"]
        assert answer.headers["ETag"] == f'"{self.version}"'
        return str(answer.json()["status"])

    async def see(self, role: Role = Role.CASE_OFFICER, part: str = "", **headers: str) -> Any:
        """The case, or a part of it, as somebody reads it."""
        answer = await self.get(role, part, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def get(self, role: Role = Role.CASE_OFFICER, part: str = "", **headers: str) -> Response:
        """Read; whatever is answered."""
        sent = {**self.processing.as_(role), **{n.replace("_", "-"): v for n, v in headers.items()}}
        return await self.processing.client.get(f"/v1/cases/{self.code}{part}", headers=sent)

    async def resolve(self) -> str:
        """To resolved, with a result of its own."""
        (digest,) = await self.processing.upload(f"result of {self.code} at {self.version}".encode())
        return await self.act("resolution", Role.APPROVER, {"results": [digest]})


@asynccontextmanager
async def _serving(
    folder: RunFolder, server: PostgresServer, fresh_database: FreshDatabase, *, catch_up: float
) -> AsyncIterator[Processing]:
    database = processing_database(server, fresh_database)
    name = database.split("?")[0].rsplit("/", 1)[1]
    server.execute(f"COMMENT ON DATABASE \"{name}\" IS '{DEMO_MARK}'")
    tokens = Tokens(folder)
    clock = SimulatedClock(folder.business_clock)
    clock.set(start())
    settings = Settings.model_validate(
        {
            "database_url": database,
            "log_url": database,
            "object_store_url": folder.documents.as_uri(),
            "sealing_key": SEALING_KEY,
            "demo": True,
            "business_clock": folder.business_clock,
            "catch_up": catch_up,
            **tokens.settings,
        }
    )
    engine = create_engine(database, application_name="test")
    async with serving(create_app(settings)) as client:
        yield Processing(client, tokens, clock, engine, settings)
    await engine.dispose()


@pytest.fixture
async def processing(
    tmp_path: Path, postgres_server: PostgresServer, fresh_database: FreshDatabase
) -> AsyncIterator[Processing]:
    """Waits for nothing: what is not there is not there."""
    async with _serving(RunFolder(tmp_path), postgres_server, fresh_database, catch_up=0) as service:
        yield service


@pytest.fixture
async def patient_processing(
    tmp_path: Path, postgres_server: PostgresServer, fresh_database: FreshDatabase
) -> AsyncIterator[Processing]:
    """Waits a little for what clients know already."""
    async with _serving(RunFolder(tmp_path), postgres_server, fresh_database, catch_up=1) as service:
        yield service


def start() -> datetime:
    """Monday, 15 May 2023, 09:00 in Vietnam."""
    return at("2023-05-15 09:00")
