"""Personal data inside events and rows: AES-256-GCM under a key of the dossier's filing year.

Only intake and processing hold the keys. Destroying a year's key erases the people of that year.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
_YEARS = range(2020, 2100)


class Sealer:
    """Seals and opens small texts. The dossier code is bound in: a sealed value fits no other dossier."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        self._ciphers = {year: AESGCM(key) for year, key in keys.items()}

    @classmethod
    def derived(cls, master: str) -> "Sealer":
        """Keys derived from one master secret, for an installation that keeps no key per year."""
        return cls(
            {y: hmac.digest(master.encode(), f"motcua-seal-{y}".encode(), hashlib.sha256) for y in _YEARS}
        )

    def seal(self, plain: bytes, *, code: str, year: int) -> str:
        """`<year>.<base64url>`. Raises `KeyError` for a year without a key."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[year].encrypt(nonce, plain, code.encode())
        return f"{year}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, *, code: str) -> bytes:
        """Raises `ErasedError` when the year's key is gone, `ForgedSealError` when the value is not ours."""
        year, _, body = sealed.partition(".")
        cipher = self._ciphers.get(int(year)) if year.isdigit() else None
        if cipher is None:
            raise ErasedError(year)
        raw = base64.urlsafe_b64decode(body)
        try:
            return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], code.encode())
        except InvalidTag as error:
            raise ForgedSealError(code) from error


class ErasedError(Exception):
    """The key of that year was destroyed: the personal data is erased."""


class ForgedSealError(Exception):
    """The sealed value was altered or belongs to another dossier."""
