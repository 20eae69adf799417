"""Personal data under the key of its year."""

import pytest

from shared.sealing import ErasedError, ForgedSealError, Sealer

CODE = "H41.SCT-230515-0001"


def test_what_is_sealed_opens_for_its_dossier_only() -> None:
    sealer = Sealer.derived("master")
    sealed = sealer.seal("Nguyễn Văn An".encode(), code=CODE, year=2023)
    assert sealer.open(sealed, code=CODE).decode() == "Nguyễn Văn An"
    with pytest.raises(ForgedSealError):
        sealer.open(sealed, code="H41.SCT-230515-0002")
    with pytest.raises(ForgedSealError):
        sealer.open("2024" + sealed[4:], code=CODE)
    with pytest.raises(ForgedSealError):
        Sealer.derived("another master").open(sealed, code=CODE)


def test_the_same_text_never_seals_alike() -> None:
    sealer = Sealer.derived("master")
    assert sealer.seal(b"x", code=CODE, year=2023) != sealer.seal(b"x", code=CODE, year=2023)


def test_without_the_years_key_the_person_is_erased() -> None:
    sealed = Sealer({2023: bytes(32), 2024: bytes(32)}).seal(b"x", code=CODE, year=2023)
    with pytest.raises(ErasedError):
        Sealer({2024: bytes(32)}).open(sealed, code=CODE)
