"""What the national portal is told: every status by its code, every date, and nothing that we do not have."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from services.processing_service.domain.portal_comparison import Difference, differences
from services.processing_service.domain.portal_document import (
    MissingValuesError,
    Names,
    dates_of,
    document,
)
from services.processing_service.domain.portal_record import PortalRecord, begun, told
from services.processing_service.domain.portal_words import EVENTS, ROLES, status_of_record
from shared.events.dossier import Filed
from shared.schemas.lifecycle import Channel, DossierStatus, EventType, OnlineLevel, Role
from shared.schemas.reference import CompetentAgency, Component, Procedure
from tests.support.stories import DIGEST, Story

APPLICANT = {"kind": "citizen", "name": "Nguyễn Văn An", "identity_kind": "citizen_id"} | {
    "identity_number": "040090001234"
}
PROCEDURE = Procedure(
    code="2.000004",
    version=1,
    name_vi="Đăng ký hoạt động khuyến mại",
    name_en=None,
    field="Xúc tiến thương mại",
    online_level=OnlineLevel.FULL,
    channels=frozenset(Channel),
    competent=(CompetentAgency(agency="H41.SCT", valid_from=date(2020, 1, 1), valid_to=None),),
    valid_from=date(2020, 1, 1),
    valid_to=None,
    duration_known=True,
    cases=(),
    components=(Component(code="c0", name_vi="Đơn đăng ký"), Component(code="c1", name_vi="Thể lệ")),
)
NAMES = Names(procedure=PROCEDURE, field_code="G01-CT01", agency="Sở Công Thương")


def record_of(story: Story) -> PortalRecord:
    """The record after the whole story."""
    first, *others = story.events
    filed = first.dossier_event()
    assert isinstance(filed, Filed)
    record = begun(story.code, filed, first.time)
    for event in others:
        record = told(record, event.dossier_event(), event.time)
    return record


def shown(record: PortalRecord, applicant: Mapping[str, Any] = APPLICANT, names: Names = NAMES) -> Any:
    return document(record, applicant, "an", names, "https://motcua.example/documents")


def story() -> Story:
    """Received on the 15th, for the 22nd."""
    return Story().file("2023-05-15").accept("2023-05-15", "2023-05-22")


@pytest.mark.parametrize(
    ("status", "withdrawn", "code"),
    [
        (DossierStatus.SUBMITTED, False, "1"),
        (DossierStatus.ACCEPTED, False, "2"),
        (DossierStatus.NOT_ACCEPTED, False, "3"),
        (DossierStatus.PROCESSING, False, "4"),
        (DossierStatus.INCOMPLETE, False, "5"),
        (DossierStatus.AWAITING_SUPPLEMENT, False, "5"),
        (DossierStatus.AWAITING_PAYMENT, False, "6"),
        (DossierStatus.WITHDRAWAL_REQUESTED, False, "7"),
        (DossierStatus.CLOSED_WITHOUT_RESULT, True, "7"),
        (DossierStatus.CLOSED_WITHOUT_RESULT, False, "8"),
        (DossierStatus.RESOLVED, False, "9"),
        (DossierStatus.HANDED_OVER, False, "10"),
    ],
)
def test_every_status_has_its_code(status: DossierStatus, withdrawn: bool, code: str) -> None:
    record = record_of(story()).model_copy(update={"status": status, "withdrawn": withdrawn})
    assert status_of_record(record) == code


def test_no_word_of_ours_lacks_one_of_theirs() -> None:
    assert EVENTS.keys() == set(EventType)
    assert ROLES.keys() == set(Role)
    for status in DossierStatus:
        assert status_of_record(record_of(story()).model_copy(update={"status": status}))


def test_a_whole_life_in_dates() -> None:
    record = record_of(
        story()
        .request_supplement("2023-05-17 09:30")
        .provide_supplement("2023-05-24", "2023-05-29")
        .resolve("2023-05-26 15:00", "2023-05-29")
        .add(EventType.HANDED_OVER, "2023-05-27 08:15", means="counter", appointment=date(2023, 5, 29))
    )
    assert dates_of(record) == {
        "NgayNopHoSo": "20230515100000",
        "NgayTiepNhan": "20230515100000",
        "NgayHenTra": "20230529235959",
        "NgayKetThucXuLy": "20230526150000",
        "NgayTra": "20230527081500",
        "NgayTuChoi": None,
    }
    (supplement,) = shown(record)["DanhSachHoSoBoSung"]
    assert supplement["NgayBoSung"] == "20230517093000"
    assert (supplement["NgayHenTraTruoc"], supplement["NgayHenTraMoi"]) == (
        "20230522235959",
        "20230529235959",
    )


def test_what_was_annulled_is_gone() -> None:
    decided = story().resolve("2023-05-19", "2023-05-22")
    assert record_of(decided).results == (DIGEST,)
    undone = record_of(decided.annul("2023-05-19 10:20"))
    assert (undone.results, undone.finished_at) == ((), None)
    refused = Story().file("2023-05-15").refuse("2023-05-15 11:00")
    assert record_of(refused).refused_at is not None
    assert record_of(refused.annul("2023-05-15 11:10")).refused_at is None


def test_a_transfer_changes_who_decides() -> None:
    assert record_of(story().transfer("2023-05-16", "H41.SYT")).facts.agency == "H41.SYT"


def test_fees_say_how_they_were_paid() -> None:
    asked = story().request_payment("2023-05-16")
    assert shown(record_of(asked))["DuocThanhToanTrucTuyen"] == "0"
    paid = record_of(asked.pay("2023-05-17", "2023-05-23"))
    assert shown(paid)["DuocThanhToanTrucTuyen"] == "1"
    again = record_of(asked.request_payment("2023-05-18").pay("2023-05-18", "2023-05-23", online=False))
    assert [fee["Gia"] for fee in shown(again)["DanhSachLePhi"]] == ["1000", "1000"]
    assert shown(again)["DuocThanhToanTrucTuyen"] == "3"


def test_documents_are_told_by_where_they_lie() -> None:
    paper, *_ = shown(record_of(story()))["TaiLieuNop"]
    assert paper["TenTepDinhKem"] == "Đơn đăng ký"
    assert paper["DuongDanTaiTepTin"] == f"https://motcua.example/documents/{DIGEST}"
    reused = record_of(Story().file("2023-05-15").accept("2023-05-15", None, reused=1))
    assert [paper["DuocTaiSuDung"] for paper in shown(reused)["TaiLieuNop"]] == ["1", "0"]


def test_every_value_is_text_and_none_is_empty() -> None:
    def check(value: Any) -> None:
        if isinstance(value, list):
            assert value
            for each in value:
                check(each)
        elif isinstance(value, dict):
            for each in value.values():
                check(each)
        else:
            assert isinstance(value, str)

    check(shown(record_of(story().request_supplement("2023-05-17").provide_supplement("2023-05-18", None))))


@pytest.mark.parametrize(
    ("applicant", "names", "missing"),
    [
        ({}, NAMES, ["LoaiDoiTuong"]),
        (APPLICANT, Names(PROCEDURE, None, "Sở Công Thương"), ["MaLinhVuc"]),
        (APPLICANT, Names(PROCEDURE, "G01", ""), ["DonViXuLy"]),
        ({}, Names(PROCEDURE, None, ""), ["MaLinhVuc", "LoaiDoiTuong", "DonViXuLy"]),
    ],
)
def test_what_is_missing_is_named(applicant: dict[str, str], names: Names, missing: list[str]) -> None:
    with pytest.raises(MissingValuesError) as error:
        shown(record_of(story()), applicant, names)
    assert error.value.fields == missing


def test_no_dossier_is_finished_without_its_result() -> None:
    resolved = record_of(story().resolve("2023-05-19", "2023-05-22", results=0))
    resolved = resolved.model_copy(update={"status": DossierStatus.RESOLVED})
    with pytest.raises(MissingValuesError, match="DanhSachGiayToKetQua"):
        shown(resolved)
    facts = resolved.facts.model_copy(update={"has_result": False})
    assert shown(resolved.model_copy(update={"facts": facts}))["TrangThaiHoSo"] == "9"


def test_differences_are_told_one_by_one() -> None:
    record = record_of(story())
    theirs = {**shown(record), "TrangThaiHoSo": "4", "NgayHenTra": "20230523235959", "SoTienDo": "1"}
    told_as = [(each.kind, each.ours, each.theirs) for each in differences(record, 2, theirs)]
    assert told_as == [
        ("other_status", "1", "4"),
        ("other_date", "NgayHenTra 20230522235959", "20230523235959"),
        ("other_progress", "2 steps", "1"),
    ]
    assert list(differences(record, 2, {**shown(record), "SoTienDo": "2"})) == []
    assert all(isinstance(each, Difference) for each in differences(record, 2, {}))
