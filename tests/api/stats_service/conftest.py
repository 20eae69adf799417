"""Statistics over HTTP, on a database of the test's own, at a business time that the test sets."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from httpx2 import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.console.run_folder import RunFolder
from services.stats_service.application.reports import SOURCES
from services.stats_service.main import create_app
from services.stats_service.settings import Settings
from shared.clock import SimulatedClock
from shared.database import DEMO_MARK, create_engine
from shared.outbox.watermarks import announcement
from shared.schemas.lifecycle import EventType, Role
from tests.support.clients import Tokens, serving
from tests.support.postgres import FreshDatabase, PostgresServer
from tests.support.stats_database import apply, apply_reference, procedure, stats_database, tree
from tests.support.stories import Story, moment

MONTH = {"from": "2023-05-15", "to": "2023-06-14"}


@dataclass
class Stats:
    """The service and a reader of it."""

    client: AsyncClient
    tokens: Tokens
    clock: SimulatedClock
    engine: AsyncEngine

    async def ask(self, path: str, headers: Mapping[str, str] | None = None, **parameters: Any) -> Response:
        """GET with the month as default period; `first` and `last` change it."""
        given = {"first": "from", "last": "to"}
        query = MONTH | {given.get(name, name): str(value) for name, value in parameters.items()}
        reader = self.tokens.headers(Role.STATISTICS_READER)
        return await self.client.get(path, params=query, headers=reader if headers is None else headers)

    async def report(self, **parameters: Any) -> dict[str, Any]:
        answer = await self.ask("/v1/reports", **parameters)
        assert answer.status_code == 200, answer.text
        report: dict[str, Any] = answer.json()
        return report

    async def tell(self, *stories: Story) -> None:
        await apply(self.engine, [event for story in stories for event in story.events])

    async def announce(self, up_to: str, *sources: str) -> None:
        """Let sources, both where none is named, say that they have told everything up to a moment."""
        for source in sources or SOURCES:
            await apply(self.engine, announcement(source, 1, moment(up_to)))


@pytest.fixture
async def stats(
    postgres_server: PostgresServer, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[Stats]:
    dsn = stats_database(postgres_server, fresh_database)
    database = dsn.rpartition("/")[2].partition("?")[0]
    postgres_server.execute(f"COMMENT ON DATABASE \"{database}\" IS '{DEMO_MARK}'")
    folder = RunFolder(tmp_path / "run")
    tokens = Tokens(folder)
    clock = SimulatedClock(folder.business_clock)
    clock.set(moment("2023-06-15 08:00"))
    settings = Settings.model_validate(
        {
            "database_url": dsn,
            "log_url": dsn,
            "object_store_url": folder.documents.as_uri(),
            "demo": True,
            "business_clock": folder.business_clock,
            **tokens.settings,
        }
    )
    engine = create_engine(dsn, application_name="test")
    async with serving(create_app(settings)) as client:
        stats = Stats(client, tokens, clock, engine)
        await apply_reference(engine, REFERENCE)
        yield stats
    await engine.dispose()


REFERENCE = [
    tree(
        ("H41", None),
        ("H41.SCT", "H41"),
        ("H41.SYT", "H41"),
        ("H41.SYT.CC", "H41.SYT"),
        desks=["H41.TTPVHCC", "H41.UB"],
    ),
    procedure("2.000004", "Xúc tiến thương mại", "Khuyến mại mang tính may rủi"),
    procedure("1.000001", "Dược", "Cấp chứng chỉ hành nghề dược"),
]


@pytest.fixture
def month() -> list[Story]:
    """Six dossiers of two agencies around one month."""
    pharmacy: dict[str, Any] = {"field": "Dược", "procedure": "1.000001"}
    return [
        Story("H41.SCT-230510-0001").file("2023-05-10").accept("2023-05-10", "2023-05-17")
        .resolve("2023-05-16", "2023-05-17").dispatch("2023-05-17"),
        Story("H41.SCT-230515-0002", channel="online").file("2023-05-15").accept("2023-05-15", "2023-05-22")
        .resolve("2023-05-22", "2023-05-22"),
        Story("H41.SCT-230516-0003", channel="online").file("2023-05-16").accept("2023-05-16", "2023-05-23")
        .resolve("2023-05-24", "2023-05-23"),
        Story("H41.SYT-230516-0001", agency="H41.SYT", **pharmacy).file("2023-05-16")
        .accept("2023-05-16", "2023-05-23"),
        Story("H41.SYT.CC-230517-0001", agency="H41.SYT.CC", channel="postal", **pharmacy).file("2023-05-16")
        .arrive("2023-05-17", due="2023-05-18").accept("2023-05-17 11:00", "2023-07-01")
        .request_supplement("2023-05-18"),
        Story("H41.SYT-230518-0002", agency="H41.SYT", desk="H41.UB", **pharmacy).file("2023-05-18")
        .accept("2023-05-18", None).transfer("2023-06-01", "H41.SCT")
        .add(EventType.SENT_BACK, "2023-06-05"),
    ]  # fmt: skip
