"""Texts, numbers and flags are taken as people read them, and as their types say."""

import unicodedata

import pytest
from pydantic import TypeAdapter, ValidationError

from services.intake_service.domain.applicant import Applicant
from shared.schemas.base import Flag, LongText, ShortText, Whole, WrittenFlag, WrittenWhole, shows

SHORT, LONG = TypeAdapter[str](ShortText), TypeAdapter[str](LongText)
NAME = "Nguyễn Văn Ấn"
INVISIBLE = ["\u200b", "\u200d", "\u202e", "\ufeff", "\u00ad", "\x00", "\x1b", "\x7f", "\x85", "\u2028"]
BLANK = ["", "  ", "\n", "\u00a0", "\u3000", "\u3164", "\u115f\u1160", "\u2800", "\u0301\u0323", "\ufe0f"]


def test_what_looks_the_same_is_the_same() -> None:
    for form in ("NFC", "NFD", "NFKC"):
        assert SHORT.validate_python(f" {unicodedata.normalize(form, NAME)} ") == NAME
        assert LONG.validate_python(unicodedata.normalize(form, NAME)) == NAME


@pytest.mark.parametrize("hidden", INVISIBLE)
def test_nothing_hides_in_a_text(hidden: str) -> None:
    for text in (SHORT, LONG):
        with pytest.raises(ValidationError, match=f"U\\+{ord(hidden):04X}"):
            text.validate_python(f"An{hidden}Bình")


@pytest.mark.parametrize("blank", [*BLANK, *INVISIBLE])
def test_a_text_can_be_seen(blank: str) -> None:
    for text in (SHORT, LONG):
        with pytest.raises(ValidationError):
            text.validate_python(blank)
    assert not shows(blank)


@pytest.mark.parametrize("seen", ["-", "?", "1", "Đ", "中", "😀", "a\u0323"])
def test_any_sign_can_be_seen(seen: str) -> None:
    assert SHORT.validate_python(seen) == unicodedata.normalize("NFC", seen)


def test_a_reason_has_lines_and_a_name_has_not() -> None:
    assert LONG.validate_python("một\n\thai\r\nba") == "một\n\thai\r\nba"
    for separator in "\n\t\r":
        with pytest.raises(ValidationError):
            SHORT.validate_python(f"An{separator}Bình")


def test_texts_have_an_end() -> None:
    assert len(SHORT.validate_python("ấ" * 200)) == 200
    for text, longest in ((SHORT, 200), (LONG, 2000)):
        with pytest.raises(ValidationError, match=f"at most {longest} characters"):
            text.validate_python("x" * (longest + 1))


@pytest.mark.parametrize(
    "given", ["2023.0", "02023", "+1", "-1", " 1", "1_0", "0x1", "1e3", "١", "", "9" * 20, "true", 1.0]
)
def test_digits_are_written_so(given: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(WrittenWhole).validate_python(given)


def test_digits() -> None:
    assert TypeAdapter[int](WrittenWhole).validate_python("2023") == 2023


@pytest.mark.parametrize("given", ["1", 1.0, True])
def test_a_number_of_json_is_a_number(given: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[int](Whole).validate_python(given)


@pytest.mark.parametrize("given", ["true", 1, "yes"])
def test_a_flag_of_json_is_a_flag(given: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[bool](Flag).validate_python(given)


@pytest.mark.parametrize("given", ["yes", "1", "True", "on", ""])
def test_a_flag_is_written_true_or_false(given: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(WrittenFlag).validate_python(given)
    assert [TypeAdapter[bool](WrittenFlag).validate_python(g) for g in ("true", "false")] == [True, False]


@pytest.mark.parametrize(
    ("kind", "number", "right"),
    [
        ("citizen_id", "040090001234", True),
        ("citizen_id", "04009000123", False),
        ("citizen_id", "0400900012AB", False),
        ("old_citizen_id", "181234567", True),
        ("old_citizen_id", "040090001234", False),
        ("tax_code", "2900325526", True),
        ("tax_code", "2900325526001", True),
        ("tax_code", "2900325526-001", True),
        ("tax_code", "29003255-26001", False),
        ("passport", "C1234567", True),
        ("passport", "------", False),
        ("passport", "C12-4567", False),
        ("passport", "2900325526-001", False),
        ("citizen_id", "------------", False),
    ],
)
def test_a_number_is_of_its_kind(kind: str, number: str, *, right: bool) -> None:
    given = {"name": NAME, "identity_kind": kind, "identity_number": number}
    if right:
        assert Applicant.model_validate(given).identity_number == number
        return
    with pytest.raises(ValidationError) as refused:
        Applicant.model_validate(given)
    assert [error["loc"] for error in refused.value.errors()] == [("identity_number",)]


@pytest.mark.parametrize("email", ["a@b\u200b", "\u202ea@b", "a b@c", "a@b@c", "a@"])
def test_an_address_can_be_written_to(email: str) -> None:
    given = {"name": NAME, "identity_number": "040090001234"}
    Applicant.model_validate({**given, "email": "an.nguyen+hoso@nghean.gov.vn"})
    with pytest.raises(ValidationError):
        Applicant.model_validate({**given, "email": email})
