"""What an import changes, and what it leaves alone."""

from datetime import date

import pytest

from services.intake_service.domain.catalogue_file import CatalogueRow
from services.intake_service.domain.catalogue_import import ImportPlan, plan_import
from services.intake_service.domain.search_text import searchable
from services.intake_service.seed.loader import seed_procedures, seed_tree
from shared.schemas.lifecycle import Channel

_TODAY = date(2026, 7, 20)
_KNOWN = {procedure.code: procedure for procedure in seed_procedures()}
_TREE = seed_tree()


def _plan(code: str, name: str, field: str, *agencies: str, day: date = _TODAY) -> ImportPlan:
    return plan_import([CatalogueRow(2, code, name, field, agencies)], _KNOWN, _TREE, day)


@pytest.mark.parametrize(
    ("names", "day", "agency"),
    [
        (("Sở Y tế",), _TODAY, "H41.SYT"),
        (("SỞ Y TẾ  tỉnh Nghệ An",), _TODAY, "H41.SYT"),
        (("Sở Khoa học Và Công nghệ - Tỉnh Nghệ An",), _TODAY, "H41.SKHCN"),
        (("Sở Y tế tỉnh Tuyên Quang",), _TODAY, None),
        (("Bộ Y tế",), _TODAY, None),
        (("Bộ Y tế", "Sở Y tế"), _TODAY, "H41.SYT"),
        (("Sở Y tế", "Sở Tư pháp"), _TODAY, None),
        (("Sở Kế hoạch và Đầu tư",), _TODAY, None),
        (("Sở Kế hoạch và Đầu tư",), date(2023, 5, 15), "H41.SKHDT"),
        ((), _TODAY, None),
    ],
)
def test_an_agency_is_taken_when_there_is_no_doubt(
    names: tuple[str, ...], day: date, agency: str | None
) -> None:
    (new,) = _plan("1.999999", "Mới", "Mỹ phẩm", *names, day=day).new
    assert new.competent_on(day) == agency


def test_a_new_procedure_waits_for_an_officer() -> None:
    (new,) = _plan("1.999999", "Mới", "Mỹ phẩm").new
    assert (new.version, new.duration_known, new.valid_from) == (1, False, _TODAY)
    assert Channel.ONLINE not in new.channels
    assert not new.in_force_on(date(2026, 7, 19))


def test_a_known_procedure_gets_name_and_field_and_keeps_all_else() -> None:
    before = _KNOWN["2.000004"]
    (after,) = _plan(before.code, "Tên mới", "Lĩnh vực mới", "Sở Y tế").changed
    assert after == before.model_copy(update={"version": 2, "name_vi": "Tên mới", "field": "Lĩnh vực mới"})


def test_what_is_known_already_is_not_a_new_version() -> None:
    before = _KNOWN["2.000004"]
    plan = _plan(before.code, before.name_vi, before.field, "Sở Công Thương")
    assert (plan.new, plan.changed, plan.unchanged) == ([], [], 1)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Đăng ký  KHAI sinh", "dang ky khai sinh"),
        ("Ủy ban nhân dân", "uy ban nhan dan"),
        ("Uỷ ban", "uy ban"),
        (" đ\tĐ\n", "d d"),
        ("", ""),
    ],
)
def test_search_text(text: str, plain: str) -> None:
    assert searchable(text) == plain
