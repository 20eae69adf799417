"""Dossiers as intake hands them over, and the agencies between which they move."""

import hashlib
from datetime import date, datetime
from typing import Any

from pydantic_core import to_json

from shared.clock import local_date
from shared.events.envelope import Envelope, dossier_event_name
from shared.history import filed_on
from shared.legal_clock.appointment import appointment
from shared.legal_clock.duration import Duration
from shared.schemas.lifecycle import EventType
from shared.schemas.reference import Agency, AgencyTree, Desk
from shared.sealing import Sealer
from tests.support.calendars import CALENDAR

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
