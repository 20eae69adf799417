"""The national portal's words for ours. Every one of ours has one of theirs, and none is invented."""

from services.processing_service.domain.portal_record import PortalRecord
from shared.schemas.lifecycle import Channel, DossierStatus, EventType, HandOverMeans, Role

_STATUSES = {
    DossierStatus.SUBMITTED: "1",
    DossierStatus.INCOMPLETE: "5",
    DossierStatus.NOT_ACCEPTED: "3",
    DossierStatus.ACCEPTED: "2",
    DossierStatus.PROCESSING: "4",
    DossierStatus.AWAITING_SUPPLEMENT: "5",
    DossierStatus.AWAITING_PAYMENT: "6",
    DossierStatus.WITHDRAWAL_REQUESTED: "7",
    DossierStatus.CLOSED_WITHOUT_RESULT: "8",
    DossierStatus.RESOLVED: "9",
    DossierStatus.HANDED_OVER: "10",
}
_WITHDRAWN = "7"
CHANNELS = {Channel.COUNTER: "1", Channel.ONLINE: "2", Channel.POSTAL: "3"}
RETURNS = {HandOverMeans.COUNTER: "0", HandOverMeans.POST: "1", HandOverMeans.ONLINE: "2"}
APPLICANTS = {"citizen": "1", "business": "2", "state_agency": "3", "organisation": "4"}
IDENTITIES = {"citizen_id": "1", "old_citizen_id": "2"}
"""The portal's numbers for tax codes and passports are not published: these identities go as text only."""

ROLES = {
    Role.CITIZEN: "Người nộp hồ sơ",
    Role.REPRESENTATIVE: "Người được ủy quyền",
    Role.INTAKE_OFFICER: "Cán bộ tiếp nhận",
    Role.CASE_OFFICER: "Cán bộ thụ lý",
    Role.APPROVER: "Người phê duyệt",
    Role.SUPERVISOR: "Người phụ trách",
    Role.ADMINISTRATOR: "Quản trị hệ thống",
    Role.PORTAL: "Cổng dịch vụ công quốc gia",
    Role.POSTAL_PARTNER: "Bưu chính",
    Role.PAYMENT_GATEWAY: "Cổng thanh toán",
    Role.STATISTICS_READER: "Người xem thống kê",
    Role.SYSTEM: "Hệ thống",
}
"""Who did something is told as the quality in which it was done: names of officers do not travel."""

EVENTS = {
    EventType.FILED: "Nộp hồ sơ",
    EventType.ARRIVED: "Hồ sơ gửi qua bưu chính đã đến nơi tiếp nhận",
    EventType.ACCEPTED: "Tiếp nhận hồ sơ",
    EventType.COMPLETION_REQUESTED: "Yêu cầu bổ sung, hoàn thiện trước khi tiếp nhận",
    EventType.COMPLETED: "Đã bổ sung, hoàn thiện hồ sơ",
    EventType.REFUSED: "Từ chối tiếp nhận hồ sơ",
    EventType.CANCELLED: "Người nộp hủy hồ sơ",
    EventType.LAPSED: "Hết thời hạn bổ sung, không tiếp nhận",
    EventType.ANNULLED: "Hủy bỏ bước xử lý trước",
    EventType.ASSIGNED: "Phân công thụ lý",
    EventType.STARTED: "Bắt đầu thụ lý",
    EventType.SUPPLEMENT_REQUESTED: "Yêu cầu bổ sung hồ sơ",
    EventType.SUPPLEMENT_PROVIDED: "Đã bổ sung hồ sơ",
    EventType.SUPPLEMENT_CANCELLED: "Hủy yêu cầu bổ sung",
    EventType.PAYMENT_REQUESTED: "Yêu cầu thực hiện nghĩa vụ tài chính",
    EventType.PAID: "Đã thực hiện nghĩa vụ tài chính",
    EventType.WITHDRAWAL_REQUESTED: "Người nộp yêu cầu rút hồ sơ",
    EventType.WITHDRAWN: "Đồng ý cho rút hồ sơ",
    EventType.WITHDRAWAL_DECLINED: "Không đồng ý cho rút hồ sơ",
    EventType.SENT_BACK: "Dừng xử lý, trả lại hồ sơ",
    EventType.RESOLVED: "Đã có kết quả",
    EventType.APOLOGISED: "Xin lỗi và hẹn lại ngày trả kết quả",
    EventType.TRANSFERRED: "Chuyển cơ quan giải quyết",
    EventType.DISPATCHED: "Bưu chính đã nhận kết quả để giao",
    EventType.DISPATCH_RETURNED: "Bưu chính hoàn trả kết quả",
    EventType.HANDED_OVER: "Đã trả kết quả",
    EventType.APPOINTMENT_MOVED: "Điều chỉnh ngày hẹn trả kết quả",
}


def status_of(status: DossierStatus, *, withdrawn: bool = False) -> str:
    """The portal's status, 1 to 10."""
    return _WITHDRAWN if withdrawn and status is DossierStatus.CLOSED_WITHOUT_RESULT else _STATUSES[status]


def status_of_record(record: PortalRecord) -> str:
    """The status that the portal is to show."""
    return status_of(record.status, withdrawn=record.withdrawn)
