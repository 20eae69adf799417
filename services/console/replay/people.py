"""Synthetic applicants. No number belongs to anybody: the district part is one that was never given."""

from services.console.run_folder import DEMO_ISSUER

_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô")
_MIDDLE = ("Văn", "Thị", "Đức", "Minh", "Ngọc", "Thanh", "Hữu", "Xuân", "Quang", "Thu", "Kim")
_GIVEN = ("An", "Bình", "Chi", "Dũng", "Giang", "Hà", "Hùng", "Lan", "Linh", "Long", "Mai", "Nam", "Nga")
_PROVINCE = "040"
_LIVES_A_PERSON = 3


def person_of(life: int) -> int:
    """Who files: some people file several times."""
    return life * 7919 // _LIVES_A_PERSON


def subject_of(person: int) -> str:
    """The person's name at the sign-on."""
    return f"citizen-{person}"


def account_of(person: int) -> str:
    """The person's account as dossiers carry it."""
    return f"{DEMO_ISSUER}|{subject_of(person)}"


def applicant(person: int) -> dict[str, str]:
    """Name and identity number as a filing names them."""
    name = (_FAMILY[person % 13], _MIDDLE[person // 13 % 11], _GIVEN[person // 143 % 13])
    return {
        "name": " ".join(name),
        "identity_number": f"{_PROVINCE}9{person % 100_000_000:08d}",
        "address": f"Xóm {person % 17 + 1}, tỉnh Nghệ An",
    }
