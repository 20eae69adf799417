"""What the portal demands of a dossier before it shows it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_MANDATORY = (
    "MaHoSo", "MaTTHC", "TenTTHC", "MaLinhVuc", "TenLinhVuc", "KenhThucHien", "LoaiDoiTuong",
    "TrangThaiHoSo", "HinhThuc", "DonViXuLy",
)  # fmt: skip
_BEFORE_RECEIPT = frozenset({"1", "3", "5"})
_DECIDED = frozenset({"9", "10"})
_STATUS = re.compile(r"[1-9]|10")
_TIME = re.compile(r"[0-9]{14}")
_LONGEST = {"TrichYeuHoSo": 1000, "TenTTHC": 2000}


def broken_rule(document: Mapping[str, Any]) -> str | None:
    """What is wrong with it, in the portal's words; none when it can be shown."""
    status = str(document.get("TrangThaiHoSo"))
    for name in _demanded(status):
        if not document.get(name):
            return f"Thiếu trường bắt buộc {name}"
    if not _STATUS.fullmatch(status):
        return "TrangThaiHoSo không hợp lệ"
    for name, value in document.items():
        if isinstance(value, str) and len(value) > _LONGEST.get(name, 4000):
            return f"{name} quá dài"
        if name.startswith("Ngay") and not _TIME.fullmatch(str(value)):
            return f"{name} không đúng định dạng yyyyMMddHHmmss"
    return None


def _demanded(status: str) -> Iterator[str]:
    yield from _MANDATORY
    if status not in _BEFORE_RECEIPT:
        yield "NgayTiepNhan"
    if status in _DECIDED:
        yield "NgayKetThucXuLy"
