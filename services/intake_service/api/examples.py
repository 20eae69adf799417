"""One right request body for every operation that has one, for the documentation."""

from collections.abc import Mapping
from typing import Any

_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_NOTICE, _RULES = "notice", "rules"

FILING: Mapping[str, Any] = {
    "procedure": "2.000004",
    "channel": "counter",
    "desk": "H41.TTPVHCC",
    "applicant": {
        "kind": "business",
        "name": "Công ty TNHH Thương mại An Bình",
        "identity_kind": "tax_code",
        "identity_number": "2900325526",
        "address": "Số 12, đường Lê Lợi, thành phố Vinh, tỉnh Nghệ An",
        "phone": "0912345678",
    },
    "components": [
        {"component": _NOTICE, "digest": _DIGEST},
        {"component": _RULES, "digest": None},
    ],
    "return_by": "post",
    "decision": {"outcome": "accept"},
}
ACTS: Mapping[str, Mapping[str, Any]] = {
    "arrival": {"arrived_at": "2023-05-15T08:30:00+07:00", "picked_up": True},
    "completion-request": {
        "missing": [_RULES],
        "reason_code": "papers_missing",
        "reason": "Hồ sơ còn thiếu thể lệ chương trình khuyến mại.",
    },
    "completion": {"components": [{"component": _RULES, "digest": _DIGEST}]},
    "refusal": {
        "reason_code": "outside_competence",
        "reason": "Chương trình được thực hiện trên địa bàn nhiều tỉnh, thuộc thẩm quyền của Bộ Công Thương.",
    },
    "annulment": {
        "reason_code": "refused_by_mistake",
        "reason": "Từ chối nhầm: hồ sơ thuộc thẩm quyền giải quyết của Sở Công Thương.",
    },
}
ACCEPTANCES: Mapping[str, Any] = {
    "items": [
        {"code": "H41.SCT-230515-0001", "version": 1},
        {"code": "H41.SCT-230515-0002", "version": 3},
    ]
}
LOOKUP: Mapping[str, Any] = {"code": "H41.SCT-230515-0001", "identity_ends_with": "5526"}
PROCEDURE: Mapping[str, Any] = {
    "name_vi": "Thông báo hoạt động khuyến mại",
    "name_en": "Notification of promotion activity",
    "field": "Xúc tiến thương mại",
    "online_level": "full",
    "channels": ["counter", "online", "postal"],
    "competent": [{"agency": "H41.SCT", "valid_from": "2019-01-01", "valid_to": None}],
    "valid_from": "2019-01-01",
    "valid_to": None,
    "duration_known": True,
    "cases": [
        {
            "code": "default",
            "name_vi": "Trường hợp chung",
            "statutory": {"amount": 5, "unit": "working_day"},
            "committed": {"amount": 3, "unit": "working_day"},
        }
    ],
    "components": [
        {"code": _NOTICE, "name_vi": "Thông báo thực hiện khuyến mại theo Mẫu", "required": True},
        {"code": _RULES, "name_vi": "Thể lệ chương trình khuyến mại", "required": True},
    ],
    "pause_policy": "resume",
    "has_result": True,
}
CALENDAR_DAY: Mapping[str, Any] = {"kind": "swapped_day_off", "name": "Nghỉ hoán đổi dịp Quốc khánh"}
CALENDAR_YEAR: Mapping[str, Any] = {
    "state": "decided",
    "days": [
        {"date": "2024-04-29", "kind": "swapped_day_off", "name": "Nghỉ hoán đổi"},
        {"date": "2024-04-30", "kind": "holiday", "name": "Ngày Chiến thắng"},
        {"date": "2024-05-01", "kind": "holiday", "name": "Ngày Quốc tế lao động"},
        {"date": "2024-05-04", "kind": "makeup_working_day", "name": "Làm bù cho ngày 29 tháng 4"},
    ],
}
AGENCIES: Mapping[str, Any] = {
    "agencies": [
        {
            "code": "H41",
            "name_vi": "Ủy ban nhân dân tỉnh Nghệ An",
            "parent": None,
            "valid_from": "2016-01-01",
            "valid_to": None,
        },
        {
            "code": "H41.SCT",
            "name_vi": "Sở Công Thương",
            "parent": "H41",
            "valid_from": "2016-01-01",
            "valid_to": None,
        },
    ],
    "desks": [
        {
            "code": "H41.TTPVHCC",
            "name_vi": "Trung tâm Phục vụ hành chính công tỉnh Nghệ An",
            "agencies": None,
        }
    ],
}
CATALOGUE = (
    "code,name_vi,fields,agencies,promulgated_by,state,type\n"
    "2.000033,Thông báo hoạt động khuyến mại,Xúc tiến thương mại,Sở Công Thương,Bộ Công Thương,ACTIVE,TTHC\n"
)
