"""Processing's own tables with a calendar and an agency tree, ready to be copied; and accepted dossiers."""

import asyncio
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.processing_service.adapters.openings import open_cases
from services.processing_service.adapters.reference import SqlReferenceStore
from services.processing_service.adapters.tables import metadata
from services.processing_service.application.reference import ReferenceData
from services.processing_service.messaging.cases import CasesReaction
from services.processing_service.messaging.reference import ReferenceReaction
from shared.clock import local_date
from shared.database import create_engine
from shared.events.envelope import Envelope, dossier_event_name, reference_event_name
from shared.events.reference import ReferenceKind
from shared.history import filed_on
from shared.journal.tables import history_partitions
from shared.legal_clock.appointment import appointment
from shared.legal_clock.duration import Duration
from shared.schemas.lifecycle import EventType
from shared.schemas.reference import Agency, AgencyTree, Desk
from shared.sealing import Sealer
from tests.support.calendars import CALENDAR, DEFINITION, at
from tests.support.postgres import FreshDatabase, PostgresServer

SEALING_KEY = "a sealing key that is long enough for tests"
AGENCY, OTHER_AGENCY = "H41.SCT", "H41.SYT"
DESK, AGENCY_DESK, OTHER_DESK = "H41.TTPVHCC", "H41.SCT.MOTCUA", "H41.SYT.MOTCUA"
FILED_WITH = hashlib.sha256(b"filed with the dossier").hexdigest()

TREE = AgencyTree(
    version=1,
    agencies=tuple(
        Agency(code=code, name_vi=code, parent=parent, valid_from=date(2020, 1, 1), valid_to=valid_to)
        for code, parent, valid_to in (
            ("H41", None, None),
            (AGENCY, "H41", None),
            (OTHER_AGENCY, "H41", None),
            ("H41.STTTT", "H41", date(2022, 12, 31)),
        )
    ),
    desks=(
        Desk(code=DESK, name_vi="Trung tâm Phục vụ hành chính công tỉnh", agencies=None),
        Desk(code=AGENCY_DESK, name_vi="Bộ phận một cửa Sở Công Thương", agencies=frozenset({AGENCY})),
        Desk(code=OTHER_DESK, name_vi="Bộ phận một cửa Sở Y tế", agencies=frozenset({OTHER_AGENCY})),
    ),
)


def processing_database(server: PostgresServer, fresh_database: FreshDatabase) -> str:
    """The address of a database of the test's own."""
    with ThreadPoolExecutor(1) as thread:  # the preparation runs a loop of its own
        template = server.template(
            "processing", lambda dsn: thread.submit(asyncio.run, _make_tables(dsn)).result()
        )
    return fresh_database(template)


def reference_event(kind: ReferenceKind, version: int, item: BaseModel) -> Envelope:
    """A version of the calendar or the tree as it travels."""
    return Envelope(
        id=f"{kind}/province/{version}",
        source="/intake",
        type=reference_event_name(kind),
        subject=f"{kind}/province",
        time=at("2023-01-01"),
        sequence=version,
        data=item.model_dump(mode="json"),
    )


def accepted_event(
    code: str,
    *,
    accepted_at: datetime,
    days: int | None = 5,
    owner: str | None = None,
    representative: str | None = None,
    sequence: int = 2,
    **facts: Any,
) -> Envelope:
    """What intake says when it hands a dossier over. Without `days` the procedure has no duration."""
    committed = Duration.working_days(days) if days else None
    given = appointment(committed, accepted_at, CALENDAR)
    people = {
        "applicant": {"name": "Nguyễn Văn An", "identity_number": "040090001234"},
        "owner": owner,
        "representative": representative,
    }
    sealer = Sealer.derived(SEALING_KEY)
    return Envelope(
        id=f"{code}/{sequence}",
        source="/intake",
        type=dossier_event_name(EventType.ACCEPTED),
        subject=code,
        time=accepted_at,
        sequence=sequence,
        chain=hashlib.sha256(code.encode()).hexdigest(),
        data={
            "action": "accept",
            "role": "intake_officer",
            "acting_agency": DESK,
            "acting_channel": "counter",
            "status_before": "submitted",
            "status_after": "accepted",
            "facts": {
                "procedure": "2.000004",
                "procedure_version": 1,
                "case": "default",
                "field": "Xúc tiến thương mại",
                "agency": AGENCY,
                "desk": DESK,
                "channel": "counter",
                "statutory": committed and committed.model_dump(mode="json"),
                "committed": committed and committed.model_dump(mode="json"),
                "pause_policy": "resume",
                "has_result": True,
                **facts,
            },
            "components": [{"component": "don", "digest": FILED_WITH}],
            "digitised": True,
            "appointment": given and given.due_on.isoformat(),
            "appointment_at": given and given.due_at and given.due_at.isoformat(),
            "provisional": False,
            "calendar_version": 1,
            "answer_due_at": accepted_at.isoformat(),
            "sealed": sealer.seal(to_json(people), code=code, year=filed_on(code).year),
        },
    )


def code_of(number: int, accepted_at: datetime, agency: str = AGENCY) -> str:
    """A code as intake gives it."""
    return f"{agency}-{local_date(accepted_at):%y%m%d}-{number:04d}"


async def open_dossiers(engine: AsyncEngine, events: Sequence[Envelope]) -> None:
    """One batch, in one transaction, as the consumer does."""
    reference = ReferenceData(SqlReferenceStore(engine))
    reaction = CasesReaction(open_cases, reference, Sealer.derived(SEALING_KEY))
    async with engine.begin() as connection:
        await reaction.apply(connection, events)


async def publish(engine: AsyncEngine, *events: Envelope) -> None:
    """Reference data, as the consumer takes it in."""
    async with engine.begin() as connection:
        await ReferenceReaction().apply(connection, events)


async def _make_tables(dsn: str) -> None:
    engine = create_engine(dsn, application_name="test")
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        for statement in history_partitions():
            await connection.execute(text(statement))
    await publish(
        engine,
        reference_event(ReferenceKind.CALENDAR, 1, DEFINITION),
        reference_event(ReferenceKind.AGENCIES, 1, TREE),
    )
    await engine.dispose()
