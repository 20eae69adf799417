"""Vietnamese text as people search for it: without diacritics, in any case, with any spacing."""

import unicodedata

_STROKED_D = str.maketrans("đĐ", "dd")


def searchable(text: str) -> str:
    """`Đăng ký  khai sinh` and `dang ky khai sinh` are the same."""
    decomposed = unicodedata.normalize("NFD", text.translate(_STROKED_D))
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(plain.casefold().split())
