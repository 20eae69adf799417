"""One right request body for every operation that has one, for the documentation."""

from collections.abc import Mapping
from typing import Any

_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_CODES = ("H41.SCT-230515-0001", "H41.SCT-230515-0002")

ACTS: Mapping[str, Mapping[str, Any]] = {
    "assignment": {"assignee": "https://sso.nghean.gov.vn|le.thi.chi"},
    "supplement-request": {
        "missing": ["rules"],
        "respond_by": "2023-05-26",
        "reason_code": "papers_missing",
        "reason": "Thể lệ chương trình chưa nêu rõ thời gian trao thưởng.",
    },
    "supplement": {"components": [{"component": "rules", "digest": _DIGEST, "reused": False}]},
    "supplement-request-cancellation": {
        "reason_code": "not_needed",
        "reason": "Giấy tờ đã có trong cơ sở dữ liệu quốc gia.",
    },
    "payment-request": {"items": [{"name": "Phí thẩm định", "amount": 150000}]},
    "payment": {
        "amount": 150000,
        "reference": "VNPAY-20230518-004217",
        "effective_at": "2023-05-18T10:15:00+07:00",
    },
    "withdrawal-request": {"reason": "Doanh nghiệp không thực hiện chương trình nữa."},
    "withdrawal-refusal": {
        "reason_code": "almost_finished",
        "reason": "Hồ sơ đã có kết quả, chờ ký ban hành.",
    },
    "return": {
        "reason_code": "conditions_not_met",
        "reason": "Tổng giá trị giải thưởng vượt mức quy định.",
    },
    "resolution": {"results": [_DIGEST]},
    "apology": {
        "promised_on": "2023-05-30",
        "reason_code": "workload",
        "reason": "Số lượng hồ sơ tăng đột biến; xin lỗi và hẹn lại ngày trả kết quả.",
    },
    "transfer": {
        "to_agency": "H41.SKHDT",
        "reason_code": "competence_moved",
        "reason": "Thẩm quyền giải quyết được chuyển giao theo quyết định của Ủy ban nhân dân tỉnh.",
    },
    "dispatch": {"partner": "vnpost"},
    "dispatch-return": {
        "reason_code": "addressee_absent",
        "reason": "Đã phát hai lần, người nhận vắng nhà.",
    },
    "hand-over": {"means": "post", "proof": "EB123456789VN"},
    "annulment": {
        "reason_code": "decided_by_mistake",
        "reason": "Kết quả ban hành nhầm cho hồ sơ khác.",
    },
}


def in_a_list(name: str) -> Mapping[str, Any]:
    """The same act on two cases."""
    return {"items": [{"code": code, "version": 2, **ACTS.get(name, {})} for code in _CODES]}
