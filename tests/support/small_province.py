"""A province that is small enough to know by heart, with procedures of every kind."""

from datetime import date

from services.intake_service.application.reference import PROVINCE_KEY, Publication
from shared.events.reference import ReferenceKind
from shared.legal_clock.duration import Duration
from shared.schemas.lifecycle import Channel, OnlineLevel, PausePolicy
from shared.schemas.reference import (
    Agency,
    AgencyTree,
    CompetentAgency,
    Component,
    Desk,
    Procedure,
    ProcedureCase,
)
from tests.support.calendars import DEFINITION

_SINCE = date(2020, 1, 1)
PROVINCE, TRADE, HEALTH, PHARMACY = "H41", "H41.SCT", "H41.SYT", "H41.SYT.CCD"
AGENCIES = (TRADE, HEALTH, PHARMACY)
CENTER, HEALTH_DESK = "H41.TTPVHCC", "H41.SYT.BPTN"
REQUIRED, OPTIONAL = ("application", "evidence"), "drawing"
WITHOUT_RESULT = "1.000003"

TREE = AgencyTree(
    version=1,
    agencies=tuple(
        Agency(code=code, name_vi=f"Cơ quan {code}", parent=parent, valid_from=_SINCE, valid_to=None)
        for code, parent in ((PROVINCE, None), (TRADE, PROVINCE), (HEALTH, PROVINCE), (PHARMACY, HEALTH))
    ),
    desks=(
        Desk(code=CENTER, name_vi="Trung tâm", agencies=None),
        Desk(code=HEALTH_DESK, name_vi="Bộ phận Sở Y tế", agencies=frozenset({HEALTH, PHARMACY})),
    ),
)


def _procedure(
    code: str, agency: str, duration: Duration | None, policy: PausePolicy = PausePolicy.RESUME
) -> Procedure:
    return Procedure(
        code=code,
        version=1,
        name_vi=f"Thủ tục {code}",
        name_en=None,
        field=f"Lĩnh vực {code[-1]}",
        online_level=OnlineLevel.FULL,
        channels=frozenset(Channel),
        competent=(CompetentAgency(agency=agency, valid_from=_SINCE, valid_to=None),),
        valid_from=_SINCE,
        valid_to=None,
        duration_known=True,
        cases=(ProcedureCase(code="default", name_vi="Chung", statutory=duration, committed=None),),
        components=(
            *(Component(code=component, name_vi=component) for component in REQUIRED),
            Component(code=OPTIONAL, name_vi=OPTIONAL, required=False),
        ),
        pause_policy=policy,
        has_result=duration is not None,
    )


PROCEDURES = (
    _procedure("1.000001", TRADE, Duration.working_days(5)),
    _procedure("1.000002", TRADE, Duration.working_days(2), PausePolicy.RESTART),
    _procedure(WITHOUT_RESULT, TRADE, None),
    _procedure("2.000001", HEALTH, Duration.working_hours(8)),
    _procedure("2.000002", HEALTH, Duration.months(1), PausePolicy.RESTART),
    _procedure("2.000003", PHARMACY, Duration.calendar_days(10)),
    _procedure("2.000004", PHARMACY, Duration.working_hours(20), PausePolicy.RESTART),
)


def publications() -> list[Publication]:
    """All of it, as version 1."""
    return [
        Publication(ReferenceKind.AGENCIES, PROVINCE_KEY, TREE),
        Publication(ReferenceKind.CALENDAR, PROVINCE_KEY, DEFINITION),
        *(Publication(ReferenceKind.PROCEDURE, item.code, item) for item in PROCEDURES),
    ]
