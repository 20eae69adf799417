"""What the national portal is sent: a document for a dossier (`DongBoHoSoMC`), a row for each of its steps.

Names of fields, codes and forms of values are the portal's: every value is a string, times are
`yyyyMMddHHmmss` in Vietnam.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from services.processing_service.domain.portal_record import PortalRecord, PortalSupplement
from services.processing_service.domain.portal_words import (
    APPLICANTS,
    CHANNELS,
    EVENTS,
    IDENTITIES,
    RETURNS,
    ROLES,
    status_of,
    status_of_record,
)
from shared.clock import VIETNAM
from shared.schemas.base import Moment, Schema
from shared.schemas.lifecycle import Channel, DossierStatus, EventType, Role
from shared.schemas.reference import Procedure

_TO_PORTAL, _TO_US = "1", "2"
_PAID_ONLINE, _NO_FEE, _PAID_OTHERWISE = "1", "0", "3"
_FEE = "1"
_LONGEST_HANDLER = 50
# Nobody has an appointment at an hour, unless the duration is one of hours: it holds until the day ends.
_END_OF_DAY = time(23, 59, 59)
_BEFORE_RECEIPT = frozenset({DossierStatus.SUBMITTED, DossierStatus.INCOMPLETE, DossierStatus.NOT_ACCEPTED})
_DECIDED = frozenset({DossierStatus.RESOLVED, DossierStatus.HANDED_OVER})


@dataclass(frozen=True, slots=True)
class Names:
    """What our codes are called, and what the portal calls them."""

    procedure: Procedure
    field_code: str | None
    """The portal's code of the procedure's field; none where it knows no field of that name."""
    agency: str
    """The competent agency's name."""


class Step(Schema):
    """One event as a row of progress."""

    sequence: int
    type: EventType
    at: Moment
    role: Role
    status: DossierStatus
    """After the event."""
    withdrawn: bool
    reason_code: str | None
    agency: str
    """The agency that was competent then."""
    appointment: date | None


class MissingValuesError(Exception):
    """The portal demands values that the dossier does not have. `fields` are the portal's names for them."""

    def __init__(self, fields: list[str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


def document(
    record: PortalRecord, applicant: Mapping[str, Any], owner: str | None, names: Names, contents: str
) -> dict[str, Any]:
    """The dossier as it stands. Raises `MissingValuesError`: nothing is ever filled up.

    `contents` is the address under which the portal fetches documents, to which their digest is added.
    """
    told = {
        **_procedure_and_agency(record, names),
        **_applicant(record, applicant, owner),
        **dates_of(record),
        "MaHoSo": record.code,
        "TrangThaiHoSo": status_of_record(record),
        "KenhThucHien": CHANNELS[record.facts.channel],
        "HinhThuc": RETURNS[record.facts.return_by],
        "NoiNopHoSo": _TO_PORTAL if record.facts.foreign_number else _TO_US,
        "MaHoSoQuocGia": record.facts.foreign_number,
        **_papers(record, names, contents),
        **_fees(record),
        "DanhSachHoSoBoSung": [_supplement(record.code, each) for each in record.supplements],
    }
    required = [*_ALWAYS, *([] if record.status in _BEFORE_RECEIPT else ["NgayTiepNhan"])]
    if record.status in _DECIDED and record.facts.has_result:
        required.append("DanhSachGiayToKetQua")
    if missing := [field for field in required if not told.get(field)]:
        raise MissingValuesError(missing)
    return {name: value for name, value in told.items() if value not in (None, [])}


def progress_row(code: str, step: Step, agency: str) -> dict[str, str]:
    """One step of a dossier (`CapNhatTienDoHoSoMC`); `agency` is what the competent agency is called."""
    what = EVENTS[step.type] + (f" ({step.reason_code})" if step.reason_code else "")
    row = {
        "MaHoSo": code,
        "NguoiXuLy": ROLES[step.role][:_LONGEST_HANDLER],
        "ChucDanh": ROLES[step.role],
        "ThoiDiemXuLy": written(step.at),
        "PhongBanXuLy": agency,
        "NoiDungXuLy": what,
        "TrangThai": status_of(step.status, withdrawn=step.withdrawn),
    }
    return row | ({"NgayKetThucTheoQuyDinh": _day(step.appointment)} if step.appointment else {})


def row_key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """By which a row of progress is known again at the portal, which gives them no number."""
    return tuple(row.get(name) for name in ("ThoiDiemXuLy", "TrangThai", "NoiDungXuLy"))


def written(moment: datetime) -> str:
    """A moment in the portal's form."""
    return moment.astimezone(VIETNAM).strftime("%Y%m%d%H%M%S")


_ALWAYS = (
    "MaTTHC", "TenTTHC", "MaLinhVuc", "TenLinhVuc", "KenhThucHien", "LoaiDoiTuong", "TrangThaiHoSo",
    "HinhThuc", "DonViXuLy",
)  # fmt: skip


def _procedure_and_agency(record: PortalRecord, names: Names) -> Mapping[str, Any]:
    return {
        "MaTTHC": record.facts.procedure,
        "TenTTHC": names.procedure.name_vi,
        "MaLinhVuc": names.field_code,
        "TenLinhVuc": record.facts.field,
        "DonViXuLy": names.agency,
    }


def _applicant(record: PortalRecord, applicant: Mapping[str, Any], owner: str | None) -> Mapping[str, Any]:
    kind = IDENTITIES.get(applicant.get("identity_kind", ""))
    number = applicant.get("identity_number")
    return {
        "ChuHoSo": applicant.get("name"),
        "SoGiayToChuHoSo": number,
        "LoaiDoiTuong": APPLICANTS.get(applicant.get("kind", "")),
        "DinhDanhCHS": [{"LoaiDinhDanh": kind, "SoDinhDanh": number}] if kind and number else [],
        "MaDoiTuong": owner if record.facts.channel is Channel.ONLINE else None,
        "Email": applicant.get("email"),
        "SoDienThoai": applicant.get("phone"),
    }


def dates_of(record: PortalRecord) -> Mapping[str, str | None]:
    """The dates that the portal is to show, by its names for them."""
    due = written(record.appointment_at) if record.appointment_at else None
    if due is None and record.appointment:
        due = _day(record.appointment)
    return {
        "NgayNopHoSo": written(record.filed_at),
        "NgayTiepNhan": _moment(record.received_at),
        "NgayHenTra": due,
        "NgayKetThucXuLy": _moment(record.finished_at),
        "NgayTra": _moment(record.handed_over_at),
        "NgayTuChoi": _moment(record.refused_at),
    }


def _papers(record: PortalRecord, names: Names, contents: str) -> Mapping[str, Any]:
    called = {component.code: component.name_vi for component in names.procedure.components}
    stored = [copy for copy in record.components if copy.digest]
    return {
        "TaiLieuNop": [
            {
                "TepDinhKemId": copy.digest,
                "TenTepDinhKem": called.get(copy.component, copy.component),
                "IsDeleted": "False",
                "MaThanhPhanHoSo": copy.component,
                "DuongDanTaiTepTin": f"{contents}/{copy.digest}",
                "DuocSoHoa": "1",
                "DuocTaiSuDung": "1" if copy.reused else "0",
                "DuocLayTuKhoDMQG": "0",
            }
            for copy in stored
        ],
        # On paper alone: there is no file to fetch.
        "DanhSachTepDinhKemKhac": [
            {"TenGiayTo": called.get(copy.component, copy.component), "SoLuong": "1"}
            for copy in record.components
            if not copy.digest
        ],
        "HoSoCoThanhPhanSoHoa": "1" if stored else "0",
        "DanhSachGiayToKetQua": [
            {
                "TenGiayTo": f"Kết quả: {names.procedure.name_vi}",
                "GiayToId": digest,
                "MaGiayToKetQua": digest,
                "DuongDanTepTinKetQua": f"{contents}/{digest}",
            }
            for digest in record.results
        ],
    }


def _fees(record: PortalRecord) -> Mapping[str, Any]:
    paid = [fee for fee in record.fees if fee.paid_online is not None]
    online = _NO_FEE
    if paid:
        online = _PAID_ONLINE if all(fee.paid_online for fee in paid) else _PAID_OTHERWISE
    return {
        "DanhSachLePhi": [
            {
                "TenPhiLePhi": "; ".join(fee.items),
                "MaPhiLePhi": f"{record.code}/{number}",
                "HinhThucThu": "1" if fee.paid_online else "2",
                "Gia": str(fee.amount),
                "LoaiPhiLePhi": _FEE,
            }
            for number, fee in enumerate(record.fees, 1)
        ],
        "DuocThanhToanTrucTuyen": online,
    }


def _supplement(code: str, asked: PortalSupplement) -> dict[str, str]:
    return dict(_told_of_supplement(code, asked))


def _told_of_supplement(code: str, asked: PortalSupplement) -> Iterator[tuple[str, str]]:
    yield "HoSoBoSungId", f"{code}/{asked.number}"
    yield "NguoiYeuCauBoSung", ROLES[Role.CASE_OFFICER]
    yield "NoiDungBoSung", ", ".join(asked.missing)
    yield "NgayBoSung", written(asked.asked_at)
    yield "TrangThaiBoSung", "1" if asked.answered_at else "0"
    if asked.due_before:
        yield "NgayHenTraTruoc", _day(asked.due_before)
    if asked.answered_at:
        yield "NgayTiepNhanBoSung", written(asked.answered_at)
        yield (
            "ThongTinTiepNhan",
            EVENTS[EventType.SUPPLEMENT_CANCELLED if asked.cancelled else EventType.SUPPLEMENT_PROVIDED],
        )
        yield "DanhSachGiayToBoSung", ", ".join(copy.component for copy in asked.components)
    if asked.answered_at and asked.due_after:
        yield "NgayHenTraMoi", _day(asked.due_after)


def _moment(moment: datetime | None) -> str | None:
    return written(moment) if moment else None


def _day(day: date) -> str:
    return datetime.combine(day, _END_OF_DAY).strftime("%Y%m%d%H%M%S")
