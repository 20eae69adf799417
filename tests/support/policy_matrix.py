"""Who may call what, operation by operation, written down from the rules and not from the code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from shared.schemas.lifecycle import Role
from tests.support.acts_over_http import WHY
from tests.support.population import CITIZEN, REPRESENTATIVE
from tests.support.small_province import CENTER, HEALTH, HEALTH_DESK, OPTIONAL, REQUIRED, TRADE

ANONYMOUS = "anonymous"

IDENTITIES: Mapping[str, tuple[Role, Mapping[str, str]]] = {
    "owner": (Role.CITIZEN, {"subject": CITIZEN}),
    "representative": (Role.REPRESENTATIVE, {"subject": REPRESENTATIVE}),
    "other_citizen": (Role.CITIZEN, {"subject": "chi"}),
    "desk_officer": (Role.INTAKE_OFFICER, {"desk": CENTER}),
    "other_desk_officer": (Role.INTAKE_OFFICER, {"desk": HEALTH_DESK}),
    "case_officer": (Role.CASE_OFFICER, {"agency": TRADE}),
    "approver": (Role.APPROVER, {"agency": TRADE}),
    "supervisor": (Role.SUPERVISOR, {"agency": TRADE}),
    "case_officer_elsewhere": (Role.CASE_OFFICER, {"agency": HEALTH}),
    "approver_elsewhere": (Role.APPROVER, {"agency": HEALTH}),
    "supervisor_elsewhere": (Role.SUPERVISOR, {"agency": HEALTH}),
    "administrator": (Role.ADMINISTRATOR, {}),
    "portal": (Role.PORTAL, {}),
    "postal_partner": (Role.POSTAL_PARTNER, {}),
    "payment_gateway": (Role.PAYMENT_GATEWAY, {}),
    "statistics_reader": (Role.STATISTICS_READER, {}),
}

AGENCY = frozenset({"case_officer", "approver", "supervisor"})
APPLICANTS = frozenset({"owner", "representative", "portal"})
DESK = frozenset({"desk_officer"})
POST = frozenset({"postal_partner"})
GATEWAY = frozenset({"payment_gateway"})
OF_THE_COUNTER = frozenset({"owner", "portal", "administrator"}) | DESK | AGENCY
"""Who sees a dossier that nobody represents."""
EVERYBODY_CONCERNED = OF_THE_COUNTER | {"representative"}
ADMINISTRATOR = frozenset({"administrator"})
READERS = ADMINISTRATOR | {
    "statistics_reader", "approver", "supervisor", "approver_elsewhere", "supervisor_elsewhere",
}  # fmt: skip
EVERYBODY = frozenset(IDENTITIES)


@dataclass(frozen=True, slots=True)
class Row:
    """One operation: who may, who may not though they see what it is about, and how it is asked for."""

    may: frozenset[str]
    sees: frozenset[str] = frozenset()
    """Of a dossier: others than these and those who may are told that there is none. Empty for the rest."""
    standing: str | None = None
    """Of the dossier that it is about."""
    body: Any = None
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    public: bool = False
    in_a_list: bool = False
    """The answer is in the only item."""
    version: str | None = None
    """Where to read the ETag that it names, if not the dossier's."""
    files: bool = False

    def expected(self, identity: str) -> set[int]:
        """Which statuses somebody may be answered with."""
        if identity in self.may or self.public:
            return {200, 201}
        if identity == ANONYMOUS:
            return {401}
        return {404} if self.standing and identity not in self.sees else {403}


def _read(standing: str, sees: frozenset[str] = EVERYBODY_CONCERNED) -> Row:
    return Row(sees, standing=standing)


def _act(
    standing: str, may: frozenset[str], body: Any = None, *, sees: frozenset[str] = EVERYBODY_CONCERNED
) -> Row:
    return Row(may, sees, standing, body)


def _acts(standing: str, may: frozenset[str], body: Any = None, **more: Any) -> Row:
    return Row(may, more.get("sees", EVERYBODY_CONCERNED), standing, body or {}, in_a_list=True)


_WITH_POST = EVERYBODY_CONCERNED | POST
_DIGEST = "<digest>"
_BY_POST = {"means": "post", "proof": "VN-1"}
_PERIOD = {"from": "2023-05-01", "to": "2023-05-14"}
_DAYS = {"first": "2023-05-01", "last": "2023-05-14"}
_SUPPLEMENT = {**WHY, "missing": [OPTIONAL]}
_FEE = {"items": [{"name": "lệ phí", "amount": 7}]}
_FILING = {
    "procedure": "1.000001",
    "channel": "online",
    "applicant": {"name": "Nguyễn Văn An", "identity_number": "040090001234"},
}
_SINCE = {"valid_from": "2020-01-01", "valid_to": None}
_TREE = {
    "agencies": [
        {"code": code, "name_vi": code, "parent": parent, **_SINCE}
        for code, parent in (
            ("H41", None), (TRADE, "H41"), (HEALTH, "H41"), ("H41.SYT.CCD", HEALTH), ("H41.STC", "H41"),
        )
    ],
    "desks": [
        {"code": CENTER, "name_vi": "Trung tâm", "agencies": None},
        {"code": HEALTH_DESK, "name_vi": "Sở Y tế", "agencies": [HEALTH]},
    ],
}  # fmt: skip
_PROCEDURE = {
    "name_vi": "Thủ tục", "name_en": None, "field": "Lĩnh vực 1", "online_level": "full",
    "channels": ["counter", "online"], "competent": [{"agency": HEALTH, **_SINCE}], **_SINCE,
    "duration_known": True, "components": [], "pause_policy": "resume", "has_result": True,
    "cases": [{"code": "default", "name_vi": "Chung", "statutory": None, "committed": None}],
}  # fmt: skip
_CATALOGUE = b"code,name_vi,fields,agencies,promulgated_by,state,type\n"
_AGENCIES, _CALENDAR, _ONE = "/v1/agencies", "/v1/calendar/2029", "/v1/catalogue/procedures/2.000001"

MATRIX: Mapping[str, Row] = {
    # Intake
    "POST /v1/contents": Row(EVERYBODY, files=True),
    "POST /v1/dossiers": Row(APPLICANTS | {"other_citizen"}, body=_FILING),
    "GET /v1/dossiers": Row(EVERYBODY),
    "GET /v1/dossiers/{code}": _read("submitted"),
    "GET /v1/dossiers/{code}/history": _read("submitted"),
    "GET /v1/dossiers/{code}/receipt": _read("accepted"),
    "POST /v1/bulk/acceptance": _acts("submitted", DESK),
    "POST /v1/dossiers/{code}/arrival": _act(
        "with_the_post", DESK | POST, {}, sees=OF_THE_COUNTER | POST
    ),
    "POST /v1/dossiers/{code}/acceptance": _act("submitted", DESK),
    "POST /v1/dossiers/{code}/completion-request": _act("submitted", DESK, {**WHY, "missing": [OPTIONAL]}),
    "POST /v1/dossiers/{code}/completion": _act(
        "incomplete", APPLICANTS - {"representative"} | DESK,
        {"components": [{"component": REQUIRED[0]}]}, sees=OF_THE_COUNTER,
    ),
    "POST /v1/dossiers/{code}/refusal": _act("submitted", DESK, WHY),
    "POST /v1/dossiers/{code}/cancellation": _act("submitted", APPLICANTS),
    "POST /v1/dossiers/{code}/undo": _act("not_accepted", DESK | {"supervisor"}, sees=OF_THE_COUNTER),
    "POST /v1/dossiers/{code}/annulment": _act(
        "not_accepted", frozenset({"supervisor"}), WHY, sees=OF_THE_COUNTER
    ),
    "POST /v1/lookups": Row(EVERYBODY, public=True, body={"code": "<code>", "identity_ends_with": "1234"}),
    "GET /v1/catalogue/procedures": Row(EVERYBODY, public=True),
    "GET /v1/catalogue/procedures/{code}": Row(EVERYBODY, public=True, path={"code": "1.000001"}),
    "PUT /v1/catalogue/procedures/{code}": Row(
        ADMINISTRATOR, body=_PROCEDURE, path={"code": "2.000001"}, version=_ONE
    ),
    "POST /v1/catalogue/imports": Row(ADMINISTRATOR, body=_CATALOGUE),
    "GET /v1/catalogue/imports/{number}": Row(ADMINISTRATOR, path={"number": "1"}),
    "GET /v1/calendar/{year}": Row(EVERYBODY, public=True, path={"year": "2023"}),
    "PUT /v1/calendar/days/{day}": Row(
        ADMINISTRATOR, body={"kind": "holiday", "name": "Nghỉ"}, path={"day": "2029-07-04"}, version=_CALENDAR
    ),
    "DELETE /v1/calendar/days/{day}": Row(ADMINISTRATOR, path={"day": "2029-07-04"}, version=_CALENDAR),
    "PUT /v1/calendar/years/{year}": Row(
        ADMINISTRATOR, body={"state": "provisional", "days": []}, path={"year": "2029"}, version=_CALENDAR
    ),
    "POST /v1/calendar/years/{year}/decision": Row(ADMINISTRATOR, path={"year": "2029"}, version=_CALENDAR),
    "GET /v1/agencies": Row(EVERYBODY, public=True),
    "PUT /v1/agencies": Row(ADMINISTRATOR, body=_TREE, version=_AGENCIES),
    # Processing
    "POST /v1/cases/contents": Row(EVERYBODY, files=True),
    "GET /v1/cases": Row(EVERYBODY),
    "GET /v1/cases/{code}": _read("awaiting_payment"),
    "GET /v1/cases/{code}/components": _read("accepted"),
    "GET /v1/cases/{code}/documents/{digest}": Row(
        EVERYBODY_CONCERNED, standing="accepted", path={"digest": sha256(b"a document").hexdigest()}
    ),
    "GET /v1/cases/{code}/history": _read("resolved", _WITH_POST),
    "GET /v1/cases/{code}/allowed-actions": _read("accepted"),
    "GET /v1/cases/{code}/overdue": _read("accepted"),
    "GET /v1/cases/{code}/applicant": _act("accepted", AGENCY),
    "GET /v1/cases/{code}/personal-data-reads": _act(
        "accepted", frozenset({"owner", "representative", "supervisor", "administrator"})
    ),
    "POST /v1/cases/{code}/assignment": _act(
        "accepted", frozenset({"supervisor"}), {"assignee": "urn:test|lan"}
    ),
    "POST /v1/cases/{code}/claim": _act("accepted", frozenset({"case_officer"})),
    "POST /v1/cases/{code}/start": _act("accepted", frozenset({"case_officer"})),
    "POST /v1/cases/{code}/supplement-request": _act(
        "processing", frozenset({"case_officer", "supervisor"}), _SUPPLEMENT
    ),
    "POST /v1/cases/{code}/supplement": _act(
        "awaiting_supplement", APPLICANTS | DESK, {"components": [{"component": OPTIONAL}]}
    ),
    "POST /v1/cases/{code}/supplement-request-cancellation": _act(
        "awaiting_supplement", frozenset({"supervisor"}), WHY
    ),
    "POST /v1/cases/{code}/payment-request": _act("processing", frozenset({"case_officer"}), _FEE),
    "POST /v1/cases/{code}/payment": _act(
        "awaiting_payment", GATEWAY | DESK | {"portal"}, {"amount": 7, "reference": "BL-1"}
    ),
    "POST /v1/cases/{code}/withdrawal-request": _act("processing", APPLICANTS, {}),
    "POST /v1/cases/{code}/withdrawal-approval": _act("withdrawal_requested", frozenset({"approver"})),
    "POST /v1/cases/{code}/withdrawal-refusal": _act("withdrawal_requested", frozenset({"approver"}), WHY),
    "POST /v1/cases/{code}/return": _act("processing", frozenset({"approver"}), WHY),
    "POST /v1/cases/{code}/resolution": _act("processing", frozenset({"approver"}), {"results": [_DIGEST]}),
    "POST /v1/cases/{code}/apology": _act(
        "processing", frozenset({"approver"}), {**WHY, "promised_on": "2023-06-20"}
    ),
    "POST /v1/cases/{code}/transfer": _act("processing", ADMINISTRATOR, {**WHY, "to_agency": HEALTH}),
    "POST /v1/cases/{code}/dispatch": _act("resolved", DESK | POST, {}, sees=_WITH_POST),
    "POST /v1/cases/{code}/dispatch-return": _act("dispatched", DESK | POST, {}, sees=_WITH_POST),
    "POST /v1/cases/{code}/hand-over": _act(
        "dispatched", DESK | POST, _BY_POST, sees=_WITH_POST
    ),
    "POST /v1/cases/{code}/undo": _act("resolved", frozenset({"approver", "supervisor"}), sees=_WITH_POST),
    "POST /v1/cases/{code}/annulment": _act(
        "closed_without_result", frozenset({"supervisor"}), WHY
    ),
    "POST /v1/cases/bulk/start": _acts("accepted", frozenset({"case_officer"})),
    "POST /v1/cases/bulk/resolution": _acts(
        "processing", frozenset({"approver"}), {"results": [_DIGEST]}
    ),
    "POST /v1/cases/bulk/dispatch": _acts("resolved", DESK | POST, sees=_WITH_POST),
    "POST /v1/cases/bulk/hand-over": _acts("dispatched", DESK | POST, _BY_POST, sees=_WITH_POST),
    "POST /v1/cases/bulk/return": _acts("processing", frozenset({"approver"}), WHY),
    "POST /v1/cases/bulk/transfer": _acts("processing", ADMINISTRATOR, {**WHY, "to_agency": HEALTH}),
    # Statistics
    "GET /v1/reports": Row(READERS, query=_PERIOD),
    "GET /v1/reports/form-06a": Row(READERS, query=_PERIOD),
    "GET /v1/statistics/dossiers": Row(
        # Leaders read everybody's figures, and open those of their own agency.
        ADMINISTRATOR | {"statistics_reader", "approver", "supervisor"},
        query={**_PERIOD, "counter": "received", "agency": TRADE},
    ),
    "PUT /v1/reports/closed-periods/{first}/{last}": Row(ADMINISTRATOR, path=_DAYS),
    "GET /v1/reports/closed-periods/{first}/{last}": Row(READERS, path=_DAYS),
    "GET /v1/reports/closed-periods/{first}/{last}/document": Row(READERS, path=_DAYS),
    "GET /v1/reports/closed-periods/{first}/{last}/corrections": Row(READERS, path=_DAYS),
    "GET /v1/reports/closed-periods": Row(READERS),
}  # fmt: skip
