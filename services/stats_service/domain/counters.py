"""What is counted, each declared once. Tables, figures, identities and the API's words come from here.

A *flow* is counted on the day on which it happens; a period's figure is its sum over the days. A *level* says
how many there are at the end of a day; its changes are kept, so that the sum of all changes up to a day is
the level on that day. Which event counts what is `contributions`.
"""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """How a counter is read."""

    FLOW = "flow"
    LEVEL = "level"


@dataclass(frozen=True, slots=True)
class Counter:
    """One counted matter; `name` is its code word, in the database and in JSON."""

    name: str
    kind: Kind
    vi: str
    en: str


def _flow(name: str, vi: str, en: str) -> Counter:
    return Counter(name, Kind.FLOW, vi, en)


def _level(name: str, vi: str, en: str) -> Counter:
    return Counter(name, Kind.LEVEL, vi, en)


COUNTERS: tuple[Counter, ...] = (
    _flow("filed", "Hồ sơ nộp", "filed, through any channel"),
    _flow("received", "Tiếp nhận mới", "accepted in the period"),
    _flow("received_counter", "Tiếp nhận trực tiếp", "accepted in the period, filed at a counter"),
    _flow("received_online", "Tiếp nhận trực tuyến", "accepted in the period, filed online"),
    _flow("received_postal", "Tiếp nhận qua bưu chính", "accepted in the period, filed by post"),
    _flow("transferred_in", "Chuyển đến", "taken over from another agency while open"),
    _flow("transferred_out", "Chuyển đi", "given to another agency while open"),
    _flow("resolved", "Đã giải quyết", "result ready in the period"),
    _flow("early", "Trước hạn", "resolved before the appointment of record"),
    _flow("on_time", "Đúng hạn", "resolved on the day of the appointment of record"),
    _flow("late", "Quá hạn", "resolved after the appointment of record"),
    _flow("undated", "Không có ngày hẹn", "resolved, and the procedure has no processing time"),
    _flow("closed_without_result", "Kết thúc không có kết quả", "sent back or withdrawn"),
    _flow("sent_back", "Trả lại", "closed without a result by the agency"),
    _flow("withdrawn", "Rút hồ sơ", "closed without a result at the applicant's wish"),
    _flow("not_accepted", "Không tiếp nhận", "ended before acceptance"),
    _flow("refused", "Từ chối tiếp nhận", "refused at intake with a reason"),
    _flow("cancelled", "Tự hủy", "taken back by the applicant before acceptance"),
    _flow("lapsed", "Quá hạn hoàn thiện", "nothing came within the time for completion"),
    _flow("answered_late", "Trả lời tiếp nhận chậm", "answers given after the 8 working hours"),
    _flow("postal_submissions", "Nộp qua bưu chính", "dossiers that the post brought to the desk"),
    _flow("postal_pickups", "Nhận tại nhà", "of these, fetched at the applicant's home"),
    _flow("postal_returns", "Trả kết quả qua bưu chính", "results that the post took over, once per result"),
    _flow("digitised", "Hồ sơ số hóa", "accepted with a stored copy of every component"),
    _flow("components", "Thành phần hồ sơ", "components handed in with acceptances and supplements"),
    _flow("components_reused", "Thành phần tái sử dụng", "of these, taken from what the state already had"),
    _flow("results", "Kết quả", "resolved where the procedure has a result document"),
    _flow("results_digitised", "Kết quả điện tử", "of these, with a stored result document"),
    _flow("supplement_requests", "Yêu cầu bổ sung", "supplement requests"),
    _flow("second_supplement_requests", "Yêu cầu bổ sung lần hai", "of these, second and later ones"),
    _flow("apologies", "Xin lỗi và hẹn lại", "apologies with a new promise"),
    _flow("payments", "Thanh toán", "fees paid"),
    _flow("payments_online", "Thanh toán trực tuyến", "of these, paid online"),
    _flow("handed_over", "Đã trả kết quả", "the citizen has the result"),
    _flow("handed_over_counter", "Trả tại quầy", "of these, at a counter"),
    _flow("handed_over_online", "Trả trực tuyến", "of these, online"),
    _flow("handed_over_post", "Trả qua bưu chính", "of these, by post"),
    _level("submitted", "Chờ tiếp nhận", "filed and neither accepted, refused nor found incomplete"),
    _level("unanswered", "Quá giờ tiếp nhận", "of these, the 8 working hours end on that day or earlier"),
    _level("incomplete", "Chờ hoàn thiện", "found incomplete before acceptance"),
    _level("under_processing", "Đang giải quyết", "accepted and open, no pause"),
    _level("in_time", "Trong hạn", "of these, appointment of record not passed"),
    _level("overdue", "Quá hạn chưa giải quyết", "of these, appointment of record passed"),
    _level("undated_open", "Đang giải quyết, không có ngày hẹn", "of these, without an appointment"),
    _level("awaiting_supplement", "Chờ bổ sung", "paused until the applicant adds something"),
    _level("awaiting_supplement_overdue", "Chờ bổ sung, đã quá hạn", "of these, overdue before the pause"),
    _level("awaiting_payment", "Chờ thanh toán", "paused until a fee is paid"),
    _level("awaiting_payment_overdue", "Chờ thanh toán, đã quá hạn", "of these, overdue before the pause"),
)

COUNTER_NAMES: tuple[str, ...] = tuple(counter.name for counter in COUNTERS)
